/** One weftd a root: a lock that the kernel gives back however the process ends. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { WeftError } from '../core/errors.ts'
import type { Paths } from '../core/host/paths.ts'

/**
 * Node cannot call flock(2), but a lock belongs to the open file, not to the process: flock(1) locks the one it inherits from us,
 * and it stays locked for as long as we keep it open. Children do not inherit it: Node opens everything close-on-exec.
 */
export function lockRoot(paths: Paths, root: string): void {
  const path = `${paths.run}/weftd.lock`
  mkdirSync(paths.run, { recursive: true, mode: 0o755 })
  const file = openSync(path, 'a+', 0o644)
  const { status, error } = spawnSync('flock', ['--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', file],
  })
  if (error !== undefined)
    throw new WeftError('missing-program', "'flock' is not installed", {
      hint: 'apt-get install util-linux',
      cause: error,
    })
  if (status !== 0) {
    const owner = readFileSync(path, 'utf8').trim()
    throw new WeftError('in-use', `another weftd serves the root '${root}' already`, {
      details: [['process', owner === '' ? 'unknown' : owner]],
      hint: 'weftd --root DIR serves another root',
    })
  }
  truncateSync(path)
  writeSync(file, `${String(process.pid)}\n`)
}
