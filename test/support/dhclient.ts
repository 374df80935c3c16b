/** ISC's DHCP client as ifupdown starts it in a room, and weft from outside. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeeperWorld } from './keeper-world.ts'

/** weft is not in the room, and calls it by its name. */
export function putClientInReach({ room }: KeeperWorld): void {
  const directory = '/run/programs'
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'dhclient')
  writeFileSync(path, `#!/bin/sh\nexec chroot ${room.root} /sbin/dhclient "$@"\n`)
  chmodSync(path, 0o755)
  process.env['PATH'] = `${directory}:${process.env['PATH'] ?? ''}`
}

/** As the host does when it starts. The client would keep what it says to open. */
export async function ifupAll({ room }: KeeperWorld): Promise<void> {
  await room.run(['sh', '-c', 'ifup -a >/run/said 2>&1'])
}

/** The number of the client that looks after the link. */
export function client({ room }: KeeperWorld, link: string, family: 4 | 6 = 4): number | undefined {
  const file = join(room.root, `run/dhclient${family === 6 ? '6' : ''}.${link}.pid`)
  const pid = Number(textOf(file))
  const line = pid > 0 ? textOf(`/proc/${String(pid)}/cmdline`) : ''
  return line.includes('dhclient') && line.endsWith(`\0${link}\0`) ? pid : undefined
}

/** File and process may both go while one looks. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
