/** What can be wrong with addresses at which a host is to reach guests that sit on its NIC. */
import type { Problem } from '../../errors.ts'
import { hostAddress, isPiece6, isReached, pieceHas, pieceText } from '../bridge/plan-reach.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

export function reachProblems({ mode, devices = [], hostReach, hostBridge }: NetworkSpec): Problem[] {
  if (hostReach === undefined) return []
  const problems: Problem[] = []
  const add = (message: string, hint: string): number => problems.push({ path: 'hostReach', message, hint })
  if (mode !== 'bridge' || hostBridge !== undefined)
    add(
      'only guests that sit on a NIC in mode bridge need a way to this host that it could be given',
      'mode: bridge, devices: [eth0]; or leave out hostReach',
    )
  else if (devices.length > 1)
    add(
      'of guests that sit on several NICs nobody knows which address is on which',
      'name one NIC, or make a network for each',
    )
  if (hostReach.length === 0) add('no address is named', 'hostReach: [192.0.2.224/28], or leave it out')
  for (const [index, piece] of hostReach.entries()) {
    const other = hostReach.find(
      (each, at) => at < index && (pieceHas(each, piece.address) || pieceHas(piece, each.address)),
    )
    if (other !== undefined)
      add(`${pieceText(piece)} and ${pieceText(other)} have addresses in common`, 'name each address once')
  }
  return problems
}

/** `canHookEgress`: whether nftables of this kernel sees what leaves a link. */
export function reachKernelProblem(network: NetworkSpec, canHookEgress: boolean): Problem | undefined {
  if (canHookEgress || !isReached(network)) return undefined
  return {
    path: 'hostReach',
    message:
      'nftables of this kernel sees nothing of what leaves a link (Linux 5.16): the LAN would hear what this host asks its guests, and learn a second MAC for it',
    hint: `a kernel from 5.16 on; or leave hostReach out: weft net macvtap ${network.name} --uplink ${network.devices[0] ?? 'NIC'} is a network whose guests reach the LAN, and not this host`,
  }
}

/** What the NIC and its routes have to say about it. */
export function reachStartProblems(spec: NetworkSpec, seen: SeenHost): Problem[] {
  if (!isReached(spec)) return []
  const [device = ''] = spec.devices
  const nic = seen.links.find(({ name }) => name === device)
  if (nic === undefined) return []
  const own = [...nic.ipv4, ...nic.ipv6].map(({ address }): string => address)
  const gateways = [...seen.routes, ...seen.routes6].flatMap((route) =>
    route.device === device && route.gateway !== undefined ? [route.gateway] : [],
  )
  return spec.hostReach.flatMap((piece, index): Problem[] => {
    const path = `hostReach[${String(index)}]`
    const text = pieceText(piece)
    const hint = 'name only addresses that guests of this network have'
    const mine = own.find((address) => pieceHas(piece, address))
    if (mine !== undefined)
      return [{ path, message: `${text} has ${mine}, this host's own address, in it`, hint }]
    const gateway = gateways.find((address) => pieceHas(piece, address))
    if (gateway !== undefined)
      return [{ path, message: `${text} has ${gateway} in it, the gateway on ${device}`, hint }]
    if (hostAddress(nic, spec.hostReach, isPiece6(piece)) !== undefined) return []
    const family = isPiece6(piece) ? 'IPv6' : 'IPv4'
    const message = `guests could not answer this host at ${text}: it has no ${family} address on ${device}`
    return [{ path, message, hint: `give ${device} an address, or leave ${text} out` }]
  })
}
