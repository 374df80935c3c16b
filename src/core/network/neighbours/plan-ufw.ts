/** Rules asked of ufw by its own command: it keeps them, shows them in `ufw status`, and loads them again after `ufw reload`. */
import type { RunAction } from '../../plan/action.ts'
import type { Step } from '../../plan/plan.ts'
import { publishedElements } from '../firewall/nft-published.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'
import { asksOf, FAMILIES, type Ask, type Family, type Hook } from './asks.ts'
import { catchAllOf, readSaved } from './iptables-save.ts'
import { markedBy, markOf, type SeenFilter, type SeenUfw } from './seen-neighbours.ts'

/** A rule as `ufw` is told it, without its comment: two are the same when these are. */
interface UfwRule {
  readonly words: string
  readonly meaning: string
}

export const isUfws = ({ text }: SeenFilter): boolean => /^:ufw6?-user-forward /m.test(text)

/** While ufw is switched off nobody is stopped by it, and what it keeps stays as it is. */
export function ufwSteps(network: NetworkSpec, ufw: SeenUfw, seen: SeenHost): Step[] {
  const filters = (seen.neighbours?.filters ?? []).filter(isUfws)
  if (filters.length === 0) return []
  const isLeft = seen.neighbours?.left.has('ufw') === true
  const wanted = isLeft ? [] : wantedRules(network, filters, seen)
  const there = keptRules(ufw)
  const own = there.filter((kept) => kept.network === network.name)
  return [
    ...own
      .filter(({ words }) => !wanted.some((rule) => rule.words === words))
      .map((kept) => removeStep(kept.words, kept.network)),
    // One that somebody else has made already is as good.
    ...wanted
      .filter(({ words }) => !there.some((kept) => kept.words === words))
      .map((rule) => addStep(rule, network.name)),
  ]
}

export function ufwStopSteps(isGone: (network: string) => boolean, ufw: SeenUfw): Step[] {
  return keptRules(ufw).flatMap(({ words, network }) =>
    network !== undefined && isGone(network) ? [removeStep(words, network)] : [],
  )
}

function wantedRules(network: NetworkSpec, filters: readonly SeenFilter[], seen: SeenHost): UfwRule[] {
  const isDropped = (hook: Hook, family: Family): boolean => {
    const filter = filters.find((each) => each.family === family)
    return filter !== undefined && catchAllOf(readSaved(filter), hook.toUpperCase())?.isDropped === true
  }
  const asks = FAMILIES.flatMap((family) =>
    asksOf(network, family, seen).filter(({ hook }) => isDropped(hook, family)),
  )
  const rules = asks.flatMap((ask) => (ask.only === 'answers' ? published(network, ask, seen) : spelt(ask)))
  // What names no address is about both families at once.
  return [...new Map(rules.map((rule) => [rule.words, rule])).values()]
}

/** It finds neighbours and lets answers through by itself. */
function spelt({ hook, protocol, port, meaning, ...ask }: Ask): UfwRule[] {
  if (protocol === 'icmpv6') return []
  const words = [
    ...(hook === 'forward' ? ['route'] : []),
    'allow',
    ...(ask.in === undefined ? [] : ['in', 'on', ask.in]),
    ...(ask.out === undefined ? [] : ['out', 'on', ask.out]),
    ...(protocol === undefined || port === undefined
      ? []
      : ['proto', protocol, 'to', 'any', 'port', String(port)]),
  ]
  return [{ words: words.join(' '), meaning }]
}

/** It has no word for "whatever is published": each port by itself. */
function published(network: NetworkSpec, ask: Ask, seen: SeenHost): UfwRule[] {
  const elements = publishedElements([network], seen.published)
  const sets = ask.family === 'ip' ? ['published', 'published_at'] : ['published6', 'published6_at']
  return Object.entries(elements).flatMap(([set, texts]) =>
    sets.includes(set)
      ? texts.map((text) => {
          const [key = '', target = ''] = text.split(' : ')
          const [address = '', port = ''] = target.split(' . ')
          const protocol = key.split(' . ').at(-2) ?? ''
          const words = `route allow out on ${ask.out ?? ''} proto ${protocol} to ${address} port ${port}`
          return { words, meaning: `${protocol} port ${port} of ${address} is published` }
        })
      : [],
  )
}

interface KeptRule {
  readonly words: string
  readonly network: string | undefined
}

/** `### tuple ### route:allow tcp 80 10.0.0.5 any 0.0.0.0/0 out_virbr0 comment=...`, the comment in hexadecimal. */
const TUPLE = /^### tuple ### (\S+) (\S+) (\S+) (\S+) any (?:0\.0\.0\.0\/0|::\/0) (\S+)(?: comment=(\w+))?$/gm

export function keptRules({ rules }: SeenUfw): KeptRule[] {
  const found = [...rules.matchAll(TUPLE)].map(
    ([, action = '', protocol = '', port = '', to = '', links = '', comment = '']) => {
      const isAnywhere = to === '0.0.0.0/0' || to === '::/0'
      const target = isAnywhere && port === 'any' ? [] : ['to', isAnywhere ? 'any' : to]
      const words = [
        ...action.split(':'),
        ...links.split('!').flatMap((link) => {
          const [direction = '', ...name] = link.split('_')
          return name.length === 0 ? [] : [direction, 'on', name.join('_')]
        }),
        ...(protocol === 'any' ? [] : ['proto', protocol]),
        ...target,
        ...(port === 'any' ? [] : ['port', port]),
      ]
      return { words: words.join(' '), network: markedBy(readHex(comment)) }
    },
  )
  return [...new Map(found.map((rule) => [`${rule.words} ${rule.network ?? ''}`, rule])).values()]
}

const readHex = (hex: string): string =>
  decodeURIComponent(hex.replace(/../g, (byte) => `%${byte}`).replace(/%$/, ''))

function addStep({ words, meaning }: UfwRule, network: string): Step {
  return { reason: `${meaning}: ufw would drop that`, do: add(words, network), undo: remove(words) }
}

function removeStep(words: string, network: string | undefined): Step {
  const name = network ?? ''
  return {
    reason: `nothing is asked of ufw for ${name} any more`,
    do: remove(words),
    undo: add(words, name),
  }
}

function add(words: string, network: string): RunAction {
  return { kind: 'run', argv: ['ufw', ...words.split(' '), 'comment', markOf(network)] }
}

/** Of one that is not there it says so, and nothing is wrong. */
function remove(words: string): RunAction {
  const [first = '', ...rest] = words.split(' ')
  const argv = first === 'route' ? ['route', 'delete', ...rest] : ['delete', first, ...rest]
  return { kind: 'run', argv: ['ufw', ...argv] }
}
