/** This host's addresses on a network's bridge. */
import { ipv4Bounds, ipv4FromNumber, type Ipv4Cidr } from '../../address/ipv4.ts'
import type { SeenLink } from '../../host/link.ts'
import { run } from '../../plan/action.ts'
import type { Step } from '../../plan/plan.ts'
import { isForwarded } from '../ips.ts'
import type { IpSpec, SwitchedNetwork } from '../spec.ts'

export function addressSteps(wanted: SwitchedNetwork, there: SeenLink | undefined): Step[] {
  const role = isForwarded(wanted) ? 'their gateway and name server' : 'their name server'
  return wanted.ips
    .filter((ip) => !hasAddress(ip, there))
    .map((ip) => {
      const text = `${ip.cidr.address}/${String(ip.cidr.prefix)}`
      const add = run('ip', 'address', 'add', text)
      const broadcast = ip.family === 'ipv4' ? broadcastWords(ip.cidr) : []
      return {
        reason: `this host is ${ip.cidr.address} to the guests of ${wanted.name}: ${role}`,
        do: { ...add, argv: [...add.argv, ...broadcast, 'dev', wanted.bridge.name] },
        undo: { ...run('ip', 'address', 'delete', text, 'dev', wanted.bridge.name), accept: [1, 2] },
      }
    })
}

export function hasAddress({ family, cidr }: IpSpec, link: SeenLink | undefined): boolean {
  const seen: readonly { readonly address: string; readonly prefix: number }[] =
    (family === 'ipv4' ? link?.ipv4 : link?.ipv6) ?? []
  return seen.some(({ address, prefix }) => address === cidr.address && prefix === cidr.prefix)
}

export function broadcastWords(cidr: Ipv4Cidr): string[] {
  return cidr.prefix > 30 ? [] : ['broadcast', ipv4FromNumber(ipv4Bounds(cidr).last)]
}
