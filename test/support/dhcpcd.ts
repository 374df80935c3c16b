/** dhcpcd, which ifupdown takes for its DHCP client where there is no dhclient, in a room of its own; and weft outside of it. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './debian-root.ts'
import type { KeeperWorld } from './keeper-world.ts'
import { enterableRoom, prepareRoot, type Room } from './unpacked.ts'

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/unpacked-dhcpcd')
const VERSION = '1'
const PACKAGES =
  'dhcpcd-base ifupdown iproute2 procps base-files libc-bin bash coreutils dash grep sed findutils'
/** It gives its rights away to this one; the package's script would make it. */
const USERS =
  'root:x:0:0:root:/root:/bin/bash\ndhcpcd:x:100:65534:DHCP Client Daemon:/usr/lib/dhcpcd:/bin/false\n'

/** Needs the distribution's packages: done before a test's world begins. */
export const prepareDhcpcd = (): Promise<void> =>
  prepareRoot(CACHE, VERSION, PACKAGES.split(' '), async (root) => {
    await writeFile(join(root, 'etc/passwd'), USERS)
    await writeFile(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n')
    await run('rm', '-rf', join(root, 'var/run'))
    await symlink('/run', join(root, 'var/run'))
    await writeFile(join(root, 'etc/machine-id'), '0123456789abcdef0123456789abcdef\n')
    await run('ldconfig', '-r', root)
  })

export const dhcpcdRoom = (): Promise<Room> => enterableRoom('host', CACHE)

/** weft is not in the room, and calls it by its name. */
export function putDhcpcdInReach({ room }: KeeperWorld): void {
  const directory = '/run/programs'
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'dhcpcd')
  writeFileSync(path, `#!/bin/sh\nexec chroot ${room.root} /usr/sbin/dhcpcd "$@"\n`)
  chmodSync(path, 0o755)
  process.env['PATH'] = `${directory}:${process.env['PATH'] ?? ''}`
}

/** It may be gone between two looks. */
const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** The number of the one that looks after the link. */
export function dhcpcd({ room }: KeeperWorld, link: string): number | undefined {
  const file = join(room.root, `run/dhcpcd/${link}.pid`)
  const pid = Number(textOf(file))
  return pid > 0 && existsSync(`/proc/${String(pid)}`) ? pid : undefined
}
