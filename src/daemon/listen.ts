/** Opens the doors: the API socket for root and the group weft, and its twin for everybody who only looks. */
import { chmodSync, chownSync, readFileSync, rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { WeftError } from '../core/errors.ts'
import { apiSocket, readOnlySocket } from '../core/host/paths.ts'
import type { Paths } from '../core/host/paths.ts'

/** sun_path holds 108 bytes with its closing NUL. */
const PATH_LIMIT = 107
const FIRST_INHERITED = 3

export async function openDoors(api: Server, readOnly: Server, paths: Paths): Promise<void> {
  const group = weftGroup()
  if (isSocketInherited()) await listen(api, { fd: FIRST_INHERITED })
  else await listenOn(api, apiSocket(paths), 0o660, group)
  await listenOn(readOnly, readOnlySocket(paths), 0o666, group)
}

/** systemd has opened weft.sock for us (sd_listen_fds(3)). */
export function isSocketInherited(): boolean {
  const { LISTEN_PID: pid, LISTEN_FDS: count } = process.env
  return pid === String(process.pid) && Number(count) >= 1
}

export async function listenOn(server: Server, path: string, mode: number, group: number): Promise<void> {
  if (Buffer.byteLength(path) > PATH_LIMIT)
    throw new WeftError('invalid-argument', `'${path}' is too long for a socket`, {
      hint: `choose a root whose sockets fit into ${String(PATH_LIMIT)} bytes`,
    })
  // Whoever holds the lock owns the path: a socket that lies there is a dead weftd's.
  rmSync(path, { force: true })
  const before = process.umask(0o177)
  try {
    await listen(server, { path })
  } finally {
    process.umask(before)
  }
  if (process.getuid?.() === 0) chownSync(path, 0, group)
  chmodSync(path, mode)
}

function listen(server: Server, where: { readonly path: string } | { readonly fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** root's own when there is no group weft. */
export function weftGroup(): number {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((each) => each.startsWith('weft:'))
  return Number(line?.split(':')[2] ?? 0)
}
