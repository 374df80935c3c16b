/** What was tried and not only read: asked behind the rules, so that a rule which drops it is named first. */
import { ipv4Of, isSwitched } from '../network/ips.ts'
import type { Check, Fault, GuestPlace, HostPlace, NetworkPlace, Verdict } from './check.ts'
import { localFlows, nameFlows } from './flows.ts'
import { denialIn, puzzleIn } from './rule-checks.ts'

export const PROBE_CHECKS: readonly Check[] = [
  { of: 'network', stage: 'name asked', judge: judgeName },
  { of: 'network', stage: 'lease asked', judge: judgeOffers },
  { of: 'guest', stage: 'guest pinged', judge: judgePing },
  { of: 'host', stage: 'router pinged', judge: judgeRouterPing },
]

/** That no ping comes back is no fault: who answers for an address was asked before. */
const pingWords = (name: string, isAnswered: boolean): string =>
  isAnswered
    ? `${name} answers pings`
    : `${name} answers no pings: a firewall of its own keeps them out, or it has just gone`

function judgePing({ plug, sight }: GuestPlace): Verdict {
  const isAnswered = sight.examined.probed?.pings.get(plug.ip ?? '')
  return isAnswered === undefined ? undefined : pingWords(plug.guest, isAnswered)
}

function judgeRouterPing({ sight }: HostPlace): Verdict {
  const { gateway = '' } = sight.examined.ways.get('') ?? {}
  const isAnswered = sight.examined.probed?.pings.get(gateway)
  return isAnswered === undefined ? undefined : pingWords(gateway, isAnswered)
}

function judgeName({ network, sight }: NetworkPlace): Verdict {
  const isAnswered = sight.examined.probed?.names.get(network.name)
  const own = ipv4Of(network)?.cidr.address
  if (isAnswered === undefined || own === undefined) return undefined
  if (isAnswered) return `${own} answers`
  return (
    denialIn(nameFlows(sight, own), sight) ?? {
      kind: 'dns-silent',
      what: `dnsmasq runs and answers no question for a name, asked at ${own}`,
      ...dnsmasqIs({ network, sight }),
    }
  )
}

function judgeOffers({ network, sight }: NetworkPlace): Verdict {
  const offers = sight.examined.probed?.offers.get(network.name)
  const own = ipv4Of(network)?.cidr.address
  if (offers === undefined || own === undefined || !isSwitched(network)) return undefined
  const other = offers.find(({ server }) => server !== own)
  const plug = sight.plugs.find((each) => each.network === network.name && each.ip === other?.server)
  if (other !== undefined)
    return {
      kind: 'second-dhcp',
      what: `${other.server} offers guests of ${network.name} addresses, too: ${other.address}`,
      culprit: plug === undefined ? `whoever has ${other.server}` : `guest ${plug.guest}`,
      advice:
        plug === undefined
          ? `weft net leases ${network.name} shows who may have it; end its DHCP server`
          : `end the DHCP server in ${plug.guest}, or pull its cable: weft port set ${network.name} ${plug.guest} --link down`,
    }
  const [offer] = offers
  if (offer !== undefined) return `${offer.address} was offered, and not taken`
  const puzzle = puzzleIn(localFlows(network, sight, { address: own }))
  const what = 'a guest that asks for an address is offered none: it was tried, and nothing came back'
  if (puzzle === undefined) return { kind: 'dhcp-silent', what, ...dnsmasqIs({ network, sight }) }
  const { family, table, chain, text, handle } = puzzle
  return {
    kind: 'dhcp-silent',
    what,
    culprit: `most likely rule '${text}' in chain '${chain}' of table '${family} ${table}', which weft does not understand`,
    advice: `nft -a list chain ${family} ${table} ${chain} shows it${handle === undefined ? '' : `, as handle ${String(handle)}`}`,
  }
}

function dnsmasqIs({ network, sight }: NetworkPlace): Pick<Fault, 'culprit' | 'mend'> {
  const pid = sight.examined.dnsmasqs.get(network.name)?.pid ?? 0
  const culprit = `dnsmasq (pid ${String(pid)}) of network ${network.name}`
  return { culprit, mend: `kill -KILL ${String(pid)}; weft net repair ${network.name}` }
}
