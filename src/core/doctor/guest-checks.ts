/** The guest itself, as far as this host can tell: its address, its way to the gateway, and who answers for it. */
import { parseIpv4 } from '../address/ipv4.ts'
import { ipv4Of, isSwitched } from '../network/ips.ts'
import { switchOf } from '../network/seen.ts'
import type { Check, Fault, GuestPlace, Verdict } from './check.ts'
import { judgeInside } from './inside-checks.ts'
import type { MetNeighbour } from './sight.ts'

export const GUEST_CHECKS: readonly Check[] = [
  { of: 'guest', stage: 'lease', judge: judgeLease },
  { of: 'guest', stage: 'inside', judge: judgeInside },
  { of: 'guest', stage: 'neighbour', judge: judgeNeighbour },
]

function judgeLease({ plug, network, sight }: GuestPlace): Verdict {
  const ip = ipv4Of(network)
  if (!isSwitched(network) || ip === undefined) return undefined
  if (plug.ip !== undefined) return `its address is ${plug.ip}`
  if (sight.examined.inside.has(plug.interface)) return undefined
  const heard = sight.examined.heard.get(plug.interface)
  if (ip.dhcp === undefined) return undefined
  const met = sight.examined.neighbours.find(
    (each) =>
      each.interface === network.bridge.name && each.mac === plug.mac && parseIpv4(each.ip) !== undefined,
  )
  if (met !== undefined) return `no lease: it has given itself ${met.ip}`
  if (heard === 0)
    return {
      kind: 'guest-silent',
      what: `nothing has come from ${plug.guest} yet: it does not boot, or does not use this NIC`,
      culprit: `guest ${plug.guest}`,
      advice: plug.nic === undefined ? `look into ${plug.guest}` : `weft vm console ${plug.guest}`,
    }
  return {
    kind: 'no-lease',
    what: `${plug.guest} speaks, and has no lease: it has not asked for an address, or was not answered`,
    culprit: `guest ${plug.guest}`,
    advice: `weft capture ${plug.guest} --filter 'port 67' shows what it asks`,
  }
}

function judgeNeighbour(place: GuestPlace): Verdict {
  const { plug, network, sight } = place
  const bridge = switchOf(sight.seen, network)
  if (!isSwitched(network) || bridge === undefined || plug.ip === undefined) return undefined
  const met = sight.examined.neighbours.find((each) => each.interface === bridge.name && each.ip === plug.ip)
  if (met === undefined) return undefined
  const other = met.mac !== undefined && plug.mac !== undefined && met.mac !== plug.mac
  if (other) return anotherAnswers(place, met)
  if (met.state === 'FAILED' || met.state === 'INCOMPLETE')
    return {
      kind: 'guest-mute',
      what: `nobody answers for ${plug.ip}: ${plug.guest} does not use its address, or is not up yet`,
      culprit: `guest ${plug.guest}`,
      advice: plug.nic === undefined ? `look into ${plug.guest}` : `weft vm console ${plug.guest}`,
    }
  return `${met.mac ?? plug.guest} answers for ${plug.ip}`
}

function anotherAnswers(
  { plug, network, sight }: GuestPlace,
  { ip, mac, interface: on, state }: MetNeighbour,
): Fault {
  if (state === 'PERMANENT' || state === 'NOARP')
    return {
      kind: 'wrong-neighbour',
      what: `packets for ${ip} are sent to ${mac ?? 'nobody'}, not to ${plug.guest}: somebody has written that into the neighbour table`,
      culprit: `neighbour entry ${ip} on ${on}`,
      mend: `ip neigh del ${ip} dev ${on}`,
    }
  const thief = sight.plugs.find((each) => each.mac === mac)
  const port = sight.examined.forwarding.find((each) => each.mac === mac)?.port
  const by = thief?.guest ?? (port === undefined ? undefined : `whoever is at ${port}`) ?? `MAC ${mac ?? '?'}`
  return {
    kind: 'duplicate-address',
    what: `${by} (${mac ?? '?'}) answers for ${ip}, the address of ${plug.guest}`,
    culprit: by,
    advice:
      thief === undefined
        ? `take ${ip} away from ${by}`
        : `take ${ip} away from ${thief.guest}, or pull its cable: weft port set ${network.name} ${thief.guest} --link down`,
  }
}
