/** The real systemd-networkd in a room of its own, and a DHCP server at the other end of the cable. */
import { spawn, type ChildProcess } from 'node:child_process'
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { KeeperWorld } from './keeper-world.ts'
import { run, until } from './real-app.ts'
import { startBus, type Room } from './unpacked.ts'
import { end, PEER } from './uplink-world.ts'

const NETWORKD_USER = 998

/** The bus is where weft looks for it, too. */
export async function startNetworkdBus({ room }: KeeperWorld): Promise<ChildProcess> {
  const bus = await startBus(room)
  bus.stderr?.resume()
  mkdirSync('/run/dbus', { recursive: true })
  run('mount', '--bind', join(room.root, 'run/dbus'), '/run/dbus')
  // It waits for udev where it can write here.
  run('mount', '-o', 'remount,bind,ro', join(room.root, 'sys'))
  return bus
}

export function startNetworkd(room: Room): ChildProcess {
  const directory = join(room.root, 'run/systemd/netif')
  for (const path of ['', 'links', 'leases', 'lldp']) {
    mkdirSync(join(directory, path), { recursive: true })
    chownSync(join(directory, path), NETWORKD_USER, NETWORKD_USER)
  }
  const daemon = room.start(['/lib/systemd/systemd-networkd'])
  daemon.stderr?.resume()
  daemon.stdout?.resume()
  return daemon
}

export const stopNetworkd = (daemon: ChildProcess): Promise<void> => end(daemon, 'SIGKILL')

/** `more`: words for dnsmasq. */
export function serveLeases(...more: readonly string[]): ChildProcess {
  const options = ['-d', '--interface=far', '--bind-dynamic', '--port=0', '--leasefile-ro']
  const range = '--dhcp-range=192.0.2.50,192.0.2.90,3600'
  return spawn('ip', ['netns', 'exec', PEER, 'dnsmasq', ...options, range, ...more], { stdio: 'ignore' })
}

export async function networkdConfigured({ room }: KeeperWorld, link: string): Promise<void> {
  await until(`${link} is configured`, () => {
    try {
      return (
        run('chroot', room.root, 'networkctl', '--no-pager', 'status', link).includes('(configured)') &&
        run('ip', 'addr', 'show', 'dev', link, 'scope', 'link').includes('fe80') &&
        run('ip', 'addr', 'show', 'dev', link, 'tentative') === ''
      )
    } catch {
      return false
    }
  })
}
