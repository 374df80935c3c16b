/** What can be wrong with addresses of the LAN that guests have by proxy. */
import type { Problem } from '../../errors.ts'
import { MOST_PROXIED, proxiedAddresses } from '../bridge/plan-proxy.ts'
import type { NetworkSpec } from '../spec.ts'

export function proxyProblems({ mode, proxied, forwardDevice, ips }: NetworkSpec): Problem[] {
  if (proxied === undefined) return []
  const problems: Problem[] = []
  const add = (message: string, hint: string): number => problems.push({ path: 'proxied', message, hint })
  if (mode !== 'route')
    add(
      `a network of mode ${mode} has no addresses that the LAN could ask for`,
      'take mode route, or leave out proxy',
    )
  else if (forwardDevice === undefined)
    add('on which NIC this host is to answer in place of guests has to be said', 'device: wlan0')
  if (proxied.length === 0) add('no address is named', 'name some, or leave out proxy')
  const all = proxiedAddresses(proxied)
  if (all.length > MOST_PROXIED)
    add(
      `more than ${String(MOST_PROXIED)} addresses are too many to answer for one by one`,
      'have the router of the LAN route a subnet to this host: then no proxy is needed',
    )
  const twice = all.find((address, index) => all.indexOf(address) < index)
  if (twice !== undefined) add(`${twice} is named twice`, 'name it once')
  for (const family of ['ipv4', 'ipv6'] as const)
    if (
      all.some((each) => each.includes(':') === (family === 'ipv6')) &&
      !ips.some((ip) => ip.family === family)
    )
      add(
        `guests need a gateway of the same family for such an address, and the network has no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`,
        family === 'ipv4' ? 'address: 192.0.2.225/28' : 'addresses: [2001:db8:0:1::1/64]',
      )
  return problems
}
