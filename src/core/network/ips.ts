/** Questions about a network's addresses, so that nobody has to look through the list of them. */
import type { Ipv4Spec, Ipv6Spec, NetworkSpec, SwitchedNetwork } from './spec.ts'

/** The IPv4 address that guests are told of: the one with DHCP, else the first. */
export function ipv4Of({ ips }: Pick<NetworkSpec, 'ips'>): Ipv4Spec | undefined {
  const all = ips.filter((ip) => ip.family === 'ipv4')
  return all.find((ip) => ip.dhcp !== undefined) ?? all[0]
}

/** The IPv6 address that guests are told of: the one with DHCPv6, else the first. */
export function ipv6Of({ ips }: Pick<NetworkSpec, 'ips'>): Ipv6Spec | undefined {
  const all = ips.filter((ip) => ip.family === 'ipv6')
  return all.find((ip) => ip.dhcp !== undefined) ?? all[0]
}

export function ipv4sOf({ ips }: Pick<NetworkSpec, 'ips'>): Ipv4Spec[] {
  return ips.filter((ip) => ip.family === 'ipv4')
}

export function ipv6sOf({ ips }: Pick<NetworkSpec, 'ips'>): Ipv6Spec[] {
  return ips.filter((ip) => ip.family === 'ipv6')
}

/** The bridge guests are plugged into: weft's own or the host's; undefined where they sit on a NIC. */
export function bridgeNameOf({ bridge, hostBridge }: NetworkSpec): string | undefined {
  return bridge?.name ?? hostBridge
}

/** Whether its switch is weft's own. */
export function isSwitched(network: NetworkSpec): network is SwitchedNetwork {
  return network.bridge !== undefined && network.mac !== undefined
}

/** Whether this host passes packets on for it. */
export function isForwarded({ mode }: NetworkSpec): boolean {
  return mode === 'nat' || mode === 'route' || mode === 'open'
}
