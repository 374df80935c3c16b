/** What bin/weftd runs first when a source is newer than the joined script: a process of its own, for the compiler needed here stays in memory. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WEFTD } from './bundles.ts'
import { writeBundle } from './write-bundle.ts'

process.exitCode = writeBundle(join(fileURLToPath(import.meta.url), '../../..'), WEFTD) ? 0 : 1
