/** Whom a change of the host's own network must not cut off: name servers that the host asks, and whoever makes the change from elsewhere. */
import { parseIpv4 } from '../core/address/ipv4.ts'
import { parseIpv6 } from '../core/address/ipv6.ts'
import type { SeenKeeper } from '../core/host/keeper/seen-keeper.ts'
import type { Watched } from '../core/host/uplink/probe.ts'
import type { App } from './ports.ts'

/** `caller`: the address that a person's connection to this host comes from. `asks`: false when the host will ask other name servers. */
export async function watchedHosts(
  app: App,
  { etc, run }: SeenKeeper,
  { caller, asks = true }: { readonly caller?: string | undefined; readonly asks?: boolean },
): Promise<Watched[]> {
  // The second is what systemd-resolved asks, where the first leads to it.
  const files = asks ? [`${etc}/resolv.conf`, `${run}/systemd/resolve/resolv.conf`] : []
  const texts = await Promise.all(files.map((path) => app.host.readTextFile(path)))
  const servers = texts.flatMap((text = '') =>
    [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap(([, ip = '']) => (isAddress(ip) ? [ip] : [])),
  )
  const you = caller === undefined || !isAddress(caller) ? [] : [{ ip: caller, what: 'your computer at' }]
  return [...[...new Set(servers)].map((ip) => ({ ip, what: 'the name server' })), ...you]
}

const isAddress = (text: string): boolean => parseIpv4(text) !== undefined || parseIpv6(text) !== undefined
