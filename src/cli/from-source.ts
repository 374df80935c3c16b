/** What bin/weft runs after a file has changed: the command, from its modules; then they are joined for the next one. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WEFT } from '../bundle/bundles.ts'
import { writeBundle } from '../bundle/write-bundle.ts'
import './main.ts'

process.once('exit', () => {
  writeBundle(join(fileURLToPath(import.meta.url), '../../..'), WEFT)
})
