/** Addresses of guests as they are known without asking them: what this host knows is read once for all who are looked for. */
import type { NicDevice } from '../core/vm/spec.ts'
import { readLeases } from './network-state.ts'
import type { App } from './ports.ts'

export interface KnownAddress {
  /** The best that is known. */
  readonly ip: string | undefined
  readonly ipSource: 'lease' | 'agent' | 'arp' | undefined
}

/** Answers for one NIC after the other, from one look. */
export type KnownAddresses = (nic: Pick<NicDevice, 'network' | 'mac'>) => Promise<KnownAddress>

type ByMac = ReadonlyMap<string, string>

/** A lease before whom this host has spoken to. */
export function knownAddresses(app: App): KnownAddresses {
  const leases = new Map<string, Promise<ByMac>>()
  let met: Promise<ByMac> | undefined
  return async ({ network, mac }) => {
    const ofNetwork = leases.get(network) ?? leasedAddresses(app, network)
    leases.set(network, ofNetwork)
    const leased = (await ofNetwork).get(mac)
    if (leased !== undefined) return { ip: leased, ipSource: 'lease' }
    const ip = (await (met ??= metAddresses(app))).get(mac)
    return { ip, ipSource: ip === undefined ? undefined : 'arp' }
  }
}

async function leasedAddresses(app: App, network: string): Promise<ByMac> {
  return byMac(await readLeases(app, network))
}

/** IPv4 before IPv6: what is only valid on the link is of no use to anybody who has to type it. */
async function metAddresses(app: App): Promise<ByMac> {
  const met = (await app.host.neighbours()).filter(({ ip }) => !ip.startsWith('fe80:'))
  const isIpv6 = ({ ip }: { readonly ip: string }): boolean => ip.includes(':')
  return byMac([...met.filter((each) => !isIpv6(each)), ...met.filter(isIpv6)])
}

/** Where one has several, the first. */
function byMac(all: readonly { readonly mac: string; readonly ip: string }[]): ByMac {
  return new Map(all.map(({ mac, ip }): [string, string] => [mac, ip]).reverse())
}
