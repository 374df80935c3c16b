/** Whose the rule is that drops a packet, and how it lets it pass: in the words of whoever made it. */
import { readLegacyName, type LegacyName } from '../host/ruleset/legacy-name.ts'
import { ownerOf, type Owner, type WeftObject } from '../host/ruleset/owner.ts'
import { isBuiltIn } from '../host/ruleset/strangers.ts'
import type { RuleRef } from '../host/ruleset/ruleset.ts'
import { formatRule } from '../network/guard/rule-text.ts'
import type { RuleList } from '../network/guard/firewall-spec.ts'
import { neighbourSteps } from '../network/neighbours/plan-neighbours.ts'
import type { NetworkSpec, SwitchedNetwork } from '../network/spec.ts'
import type { Fault } from './check.ts'
import { flowHost, type Tried } from './flows.ts'
import type { Sight } from './sight.ts'

export interface Denial {
  readonly isWefts: boolean
  readonly fault: Fault
}

export function denialOf(
  tried: Tried,
  network: SwitchedNetwork | undefined,
  sight: Sight,
): Denial | undefined {
  const { what, flow } = tried
  const hop = flow.hops.at(-1)
  const rule = hop?.judgement.decisive
  if (hop === undefined || rule === undefined) return undefined
  const { ruleset } = flowHost(sight)
  const networkOf = (bridge: string): string | undefined =>
    sight.live.find((each) => each.bridge?.name === bridge)?.name
  const owner = ownerOf(rule, { path: hop.judgement.path, ruleset, networkOf })
  const word = verb(flow.verdict)
  const isPolicy = rule.handle === undefined
  const where = `chain '${rule.chain}' of table '${rule.family} ${rule.table}'`
  if (owner.who === 'weft') return { isWefts: true, fault: ownDenial(tried, owner.object, network) }
  const whose = owner.who === 'stranger' ? '' : `, made by ${owner.who}`
  const named = isPolicy
    ? `${where}, which drops the rest`
    : `rule '${rule.text}' (${readLegacyName(rule.table) === undefined ? 'handle' : 'number'} ${String(rule.handle)}) in ${where}`
  const about = {
    what: `packets ${what} are ${word} by ${isPolicy ? where : `'${rule.text}'`}`,
    culprit: `${named}${whose}`,
  }
  const kind = isPolicy ? 'policy-drops' : 'rule-drops'
  return { isWefts: false, fault: { kind, ...about, mend: mendOf(rule, tried, owner, network, sight) } }
}

function mendOf(
  rule: RuleRef,
  tried: Tried,
  { who }: Owner,
  network: SwitchedNetwork | undefined,
  sight: Sight,
): string {
  const { family, table, chain, hook, handle } = rule
  if (network !== undefined && neighbourSteps(network, sight.seen).length > 0)
    return `weft net repair ${network.name}`
  const bridge = network?.bridge.name
  if (who === 'ufw' && bridge !== undefined)
    return hook === 'input' ? `ufw allow in on ${bridge}` : `ufw route allow in on ${bridge}`
  if (who === 'firewalld' && bridge !== undefined)
    return `firewall-cmd --zone=trusted --change-interface=${bridge}`
  const place = `${family} ${table} ${chain}`
  const legacy = readLegacyName(table)
  // Its place changes with those before it: it goes by what it says.
  if (legacy !== undefined && handle !== undefined)
    return `${legacyCommand(legacy)} ${rule.text.replace(/^-A/, '-D')}`
  if (legacy !== undefined) return `${legacyCommand(legacy)} -I ${chain} ${oldWords(tried, bridge)} -j ACCEPT`
  if (handle !== undefined) return `nft delete rule ${place} handle ${String(handle)}`
  if (isBuiltIn(family, table, chain))
    return `${family === 'ip' ? 'iptables' : 'ip6tables'} -I ${chain} ${oldWords(tried, bridge)} -j ACCEPT`
  return `nft insert rule ${place} ${words(tried, family === 'bridge' ? tried.port : bridge)} accept`
}

const legacyCommand = ({ table, program }: LegacyName): string =>
  `${program} -w${table === 'filter' ? '' : ` -t ${table}`}`

/** What it takes to know such packets by. Without a link they are this host's own questions to a name server. */
function words({ isAnswer }: Tried, link: string | undefined): string {
  if (link === undefined) return `udp ${isAnswer ? 'sport' : 'dport'} 53`
  return isAnswer ? `oifname ${link} ct state established,related` : `iifname ${link}`
}

function oldWords({ isAnswer }: Tried, link: string | undefined): string {
  if (link === undefined) return `-p udp --${isAnswer ? 'sport' : 'dport'} 53`
  return isAnswer ? `-o ${link} -m conntrack --ctstate ESTABLISHED,RELATED` : `-i ${link}`
}

const verb = (verdict: string): string => (verdict === 'reject' ? 'refused' : 'dropped')

/** Somebody wanted it so, and said it to weft. */
function ownDenial(
  { what, flow }: Tried,
  object: WeftObject | undefined,
  network: NetworkSpec | undefined,
): Fault {
  const name = network?.name ?? ''
  const sentence = `packets ${what} are ${verb(flow.verdict)} by a rule of weft's own`
  if (object?.kind === 'filter') return filterDenial(sentence, object)
  if (object?.kind !== 'rules')
    return {
      kind: 'weft-denies',
      what: sentence,
      culprit: `the firewall of network ${name}`,
      advice: `weft rule list ${name} shows it`,
    }
  const { guest, group, direction } = object
  const [word, owner] = guest === undefined ? ['group', group] : ['guest', guest]
  const [flag, whose] = owner === undefined ? ['', ''] : [` --${word} ${owner}`, `${word} '${owner}' of `]
  const found = denyingRule(listOf(network, object), direction)
  return {
    kind: 'weft-denies',
    what: sentence,
    culprit: `${found === undefined ? `'${direction} deny'` : `rule '${found.text}'`} of ${whose}network '${name}'`,
    typed: {
      title:
        found === undefined
          ? `set what becomes of packets of ${whose}network '${name}'`
          : `add the rule '${found.text}' to ${whose}network '${name}'`,
      words: '',
    },
    mend:
      found === undefined
        ? `weft rule set ${name}${flag} --${direction} allow`
        : `weft rule remove ${name} ${String(found.number)}${flag}`,
  }
}

function filterDenial(what: string, { filter, port }: WeftObject & { kind: 'filter' }): Fault {
  const named = filter === undefined ? 'the network filter' : `network filter '${filter}'`
  return {
    kind: 'weft-denies',
    what,
    culprit: `${named} that the NIC at ${port} is held to`,
    advice: `virsh nwfilter-dumpxml ${filter ?? 'NAME'} shows it; virsh update-device gives the NIC another`,
  }
}

function listOf(
  network: NetworkSpec | undefined,
  { guest, group }: { guest?: string; group?: string },
): RuleList | undefined {
  const { firewall } = network ?? {}
  if (guest !== undefined) return firewall?.guests.find(({ name }) => name === guest)
  return group === undefined ? firewall : firewall?.groups.find(({ name }) => name === group)
}

/** The first that is about all of TCP; numbered from 1 on, as `weft rule list` does. */
function denyingRule(
  list: RuleList | undefined,
  direction: 'in' | 'out',
): { number: number; text: string } | undefined {
  return (list?.rules ?? [])
    .map((rule, index) => ({ rule, number: index + 1, text: formatRule(rule) }))
    .find(({ rule }) => rule.verdict === 'deny' && rule.direction === direction && rule.protocol !== 'udp')
}
