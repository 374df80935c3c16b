/** A machine's NIC from inside, from what its agent tells: addresses always, links and routes where it may run programs. */
import type { Inside } from './sight.ts'

export interface ToldInterface {
  readonly name: string
  readonly mac: string | undefined
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[]
}

export interface AgentWords {
  readonly interfaces: readonly ToldInterface[]
  /** `ip link; ip route`, typed in the guest; undefined: it would not. */
  readonly said: string | undefined
}

/** Undefined where the guest has no interface with that MAC. What sits on the NIC (a bridge, a VLAN) has its MAC, too, and maybe its address. */
export function insideOfMachine(
  guest: string,
  mac: string | undefined,
  { interfaces, said }: AgentWords,
): Inside | undefined {
  const own = interfaces.filter((each) => each.mac !== undefined && each.mac === mac)
  const main = own.find(({ addresses }) => addresses.some(({ address }) => address.includes('.'))) ?? own[0]
  if (main === undefined) return undefined
  const link = said === undefined ? undefined : linkIn(said, main.name)
  return {
    of: 'machine',
    command: `weft vm exec ${guest} -- ip`,
    name: main.name,
    mac,
    addresses: own.flatMap(({ addresses }) => addresses),
    ...(link === undefined ? {} : { isUp: link.isUp, mtu: link.mtu }),
    ...(said === undefined || link === undefined ? {} : { gateways: gatewaysIn(said) }),
  }
}

/** `2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 ...`, as iproute2 and busybox print it. */
function linkIn(said: string, name: string): { isUp: boolean; mtu: number } | undefined {
  const found = [...said.matchAll(/^\d+: ([^:@\s]+)(?:@\S+)?: <([^>]*)> mtu (\d+)/gm)]
  const [, , flags = '', mtu] = found.find(([, each]) => each === name) ?? []
  return mtu === undefined ? undefined : { isUp: flags.split(',').includes('UP'), mtu: Number(mtu) }
}

/** `default via 10.9.0.1 dev eth0 ...`. */
function gatewaysIn(said: string): NonNullable<Inside['gateways']> {
  return [...said.matchAll(/^default (?:via (\S+) )?.*?dev (\S+)/gm)].map(([, gateway, device]) => ({
    gateway,
    device,
  }))
}
