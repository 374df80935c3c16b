/** Every base chain on the way of a guest's packets, whoever made it: what drops them is named, with the command that ends it. */
import { ipv4Bounds, ipv4FromNumber } from '../address/ipv4.ts'
import { ipv4Of, isForwarded, isSwitched } from '../network/ips.ts'
import type { RuleRef } from '../host/ruleset/ruleset.ts'
import type { SwitchedNetwork } from '../network/spec.ts'
import type { Check, Fault, GuestPlace, HostPlace, NetworkPlace, Verdict } from './check.ts'
import { localFlows, nameFlows, outwardFlows, type Sender, type Tried } from './flows.ts'
import { denialOf, type Denial } from './rule-mends.ts'
import type { Sight } from './sight.ts'

export const RULE_CHECKS: readonly Check[] = [
  { of: 'network', stage: 'rules', judge: judgeRules },
  { of: 'guest', stage: 'own rules', judge: judgeOwnRules },
  { of: 'network', stage: 'NAT', judge: judgeNat },
]

/** Of whoever may be plugged in: an address that nobody has, at no port. */
function anybodyOn(network: SwitchedNetwork): Sender | undefined {
  const ip = ipv4Of(network)
  if (ip === undefined) return undefined
  const { first } = ipv4Bounds(ip.cidr)
  const address = [first + 2, first + 3].map(ipv4FromNumber).find((each) => each !== ip.cidr.address)
  return address === undefined ? undefined : { address }
}

function flowsOf(network: SwitchedNetwork, sight: Sight, sender: Sender): Tried[] {
  const isRouted = isForwarded(network) && sight.examined.ways.get(network.name)?.device !== undefined
  return [...localFlows(network, sight, sender), ...(isRouted ? outwardFlows(network, sight, sender) : [])]
}

function judgeRules({ network, sight }: NetworkPlace): Verdict {
  const sender = isSwitched(network) ? anybodyOn(network) : undefined
  if (!isSwitched(network) || sender === undefined) return undefined
  const tried = flowsOf(network, sight, sender)
  const denial = firstDenial(tried, network, sight)
  return denial?.isWefts === false ? denial.fault : describe(tried)
}

/** What is not told of its network already. That a rule of weft's own denies something is what somebody wanted: it is told when he asks. */
function judgeOwnRules({ network, sight, plug, isAsked }: GuestPlace): Verdict {
  if (!isSwitched(network) || plug.ip === undefined) return undefined
  const sender: Sender = { address: plug.ip, port: plug.interface, mac: plug.mac }
  const tried = flowsOf(network, sight, sender)
  const denial = firstDenial(tried, network, sight)
  if (denial === undefined) return describe(tried)
  if (!denial.isWefts) return denial.fault
  const pings = isForwarded(network) ? outwardFlows(network, sight, sender, 'icmp') : []
  const isAll = pings.every(({ flow }) => flow.verdict !== 'accept')
  return isAsked === true && isAll ? denial.fault : 'some things are denied by rules of weft'
}

function firstDenial(
  tried: readonly Tried[],
  network: SwitchedNetwork | undefined,
  sight: Sight,
): Denial | undefined {
  const stopped = tried.find(({ flow }) => isRefused(flow.verdict) && flow.because === undefined)
  return stopped === undefined ? undefined : denialOf(stopped, network, sight)
}

/** Who stops one of this host's own packets. */
export const denialIn = (tried: readonly Tried[], sight: Sight): Fault | undefined =>
  firstDenial(tried, undefined, sight)?.fault

const isRefused = (verdict: string): boolean => verdict === 'drop' || verdict === 'reject'

/** The rule that decides, of which nobody knows what it does. */
export function puzzleIn(tried: readonly Tried[]): RuleRef | undefined {
  const unsure = tried.find(({ flow }) => flow.verdict === 'unknown' && flow.because === undefined)
  return unsure?.flow.hops.at(-1)?.judgement.decisive
}

/** What nobody understands is no fault, and no proof of health either. */
function describe(tried: readonly Tried[]): Verdict {
  const rule = puzzleIn(tried)
  if (rule !== undefined)
    return `weft does not understand '${rule.text}' (chain ${rule.chain}); nothing else drops them`
  return tried.length === 0 ? undefined : 'every chain lets its packets pass'
}

function judgeNat({ network, sight }: NetworkPlace): Verdict {
  const sender = isSwitched(network) ? anybodyOn(network) : undefined
  if (network.mode !== 'nat' || !isSwitched(network) || sender === undefined) return undefined
  if (sight.examined.ways.get(network.name)?.device === undefined) return undefined
  const [out] = outwardFlows(network, sight, sender)
  const { source, isSnat } = out?.flow.packet ?? {}
  if (out?.flow.verdict !== 'accept' || source === undefined) return undefined
  if (source === sender.address && isSnat !== true) return notTranslated(network)
  const isOwn = sight.seen.links.some(({ ipv4 }) => ipv4.some(({ address }) => address === source))
  if (isOwn || network.nat?.addresses !== undefined) return `guests are seen as ${source}`
  const rule = out.flow.hops
    .flatMap(({ judgement }) => judgement.path)
    .findLast(({ hook, text }) => hook === 'postrouting' && /snat/i.test(text))
  if (rule === undefined) return `guests are seen as ${source}`
  const where = `${rule.family} ${rule.table} ${rule.chain}`
  return {
    kind: 'nat-elsewhere',
    what: `guests are seen from outside as ${source}, which is no address of this host: answers do not come back`,
    culprit: `rule '${rule.text}' in chain '${rule.chain}' of table '${rule.family} ${rule.table}'`,
    mend: `nft delete rule ${where} handle ${String(rule.handle)}`,
  }
}

function notTranslated({ name }: SwitchedNetwork): Fault {
  return {
    kind: 'not-translated',
    what: `packets of ${name} leave with their own address: nobody outside knows the way back`,
    culprit: "somebody changed table 'inet weft'",
    mend: `weft net repair ${name}`,
  }
}

/** Whether this host may ask its name servers at all. */
export function judgeQuestions({ sight }: HostPlace): Verdict {
  const servers = sight.examined.upstreams.filter(
    (server) => /^\d+\./.test(server) && !server.startsWith('127.'),
  )
  for (const server of servers) {
    const denial = denialIn(nameFlows(sight, server), sight)
    if (denial !== undefined) return denial
  }
  return undefined
}
