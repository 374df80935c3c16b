/** The real NetworkManager in a room of its own; whoever asks for nmcli gets the room's. */
import type { ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeeperWorld } from './keeper-world.ts'
import { run, until } from './real-app.ts'
import { startBus, type Room } from './unpacked.ts'

/** It takes links of a container for somebody else's. */
export const MANAGER_CONF = `[main]
plugins=keyfile
no-auto-default=*
[keyfile]
unmanaged-devices=none
[device]
match-device=*
managed=1
`

export async function startManagerBus({ room }: KeeperWorld): Promise<ChildProcess> {
  const bus = await startBus(room)
  bus.stderr?.resume()
  run('mount', '-o', 'remount,bind,ro', join(room.root, 'sys'))
  mkdirSync('/run/bin', { recursive: true })
  writeFileSync('/run/bin/nmcli', `#!/bin/sh\nexec chroot ${room.root} nmcli "$@"\n`)
  chmodSync('/run/bin/nmcli', 0o755)
  process.env['PATH'] = `/run/bin:${process.env['PATH'] ?? ''}`
  return bus
}

/** Ready when it answers. */
export async function startManager(room: Room): Promise<ChildProcess> {
  for (const path of ['run/NetworkManager', 'var/lib/NetworkManager'])
    mkdirSync(join(room.root, path), { recursive: true })
  const daemon = room.start(['NetworkManager', '--no-daemon'])
  daemon.stderr?.resume()
  daemon.stdout?.resume()
  await until('NetworkManager answers', () => isRunning())
  return daemon
}

function isRunning(): boolean {
  try {
    return existsSync('/run/bin/nmcli') && run('nmcli', 'device').includes('DEVICE')
  } catch {
    return false
  }
}

export async function managerConfigured(link: string): Promise<void> {
  await until(`${link} is configured`, () => isConfigured(link)).catch((error: unknown) => {
    const shown = ['nmcli device', 'nmcli connection', 'ip addr'].map((words) => {
      const [program = '', ...args] = words.split(' ')
      return run(program, ...args)
    })
    throw new Error(`${String(error)}\n${shown.join('\n')}`)
  })
}

function isConfigured(link: string): boolean {
  try {
    return (
      /connected\b(?! \()/.test(run('nmcli', '-f', 'GENERAL.STATE', 'device', 'show', link)) &&
      run('ip', 'addr', 'show', 'dev', link, 'scope', 'link').includes('fe80') &&
      run('ip', 'addr', 'show', 'dev', link).includes('inet ') &&
      run('ip', 'route', 'show', 'default', 'dev', link) !== '' &&
      run('ip', 'addr', 'show', 'dev', link, 'tentative') === ''
    )
  } catch {
    return false
  }
}
