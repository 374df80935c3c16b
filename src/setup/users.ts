/** The system user QEMU runs as, and the group that may speak to weftd. Only on a real host, never for a sandbox. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const QEMU_USER = 'weft-qemu'
export const SOCKET_GROUP = 'weft'

const has = (file: string, name: string): boolean =>
  readFileSync(file, 'utf8')
    .split('\n')
    .some((line) => line.startsWith(`${name}:`))

/** Creates what is missing; answers what it created, for the way back. */
export async function createUsers(): Promise<readonly string[]> {
  const created: string[] = []
  if (!has('/etc/group', SOCKET_GROUP)) {
    await run('groupadd', ['--system', SOCKET_GROUP])
    created.push(`group ${SOCKET_GROUP}`)
  }
  if (!has('/etc/passwd', QEMU_USER)) {
    // With the group kvm, where there is one, it may open /dev/kvm; it needs no home and no shell.
    const kvm = has('/etc/group', 'kvm') ? ['--groups', 'kvm'] : []
    const nowhere = ['--home-dir', '/nonexistent', '--no-create-home', '--shell', '/usr/sbin/nologin']
    await run('useradd', ['--system', '--user-group', ...nowhere, ...kvm, QEMU_USER])
    created.push(`user ${QEMU_USER}`)
  }
  return created
}

/** Removes what `createUsers` had created; harmless when it is gone already. */
export async function removeUsers(created: readonly string[]): Promise<void> {
  for (const entry of created) {
    const [kind = '', name = ''] = entry.split(' ')
    const isThere = has(kind === 'user' ? '/etc/passwd' : '/etc/group', name)
    if (isThere) await run(kind === 'user' ? 'userdel' : 'groupdel', [name])
  }
}
