/** Whose a rule is: weft's, with what of weft's it stands for, or a stranger's. */
import type { RuleRef, Ruleset, Table } from './ruleset.ts'
import { readLegacyName } from './legacy-name.ts'
import { isBuiltIn, strangerIn, type Stranger } from './strangers.ts'

/** Weft's own tables; nobody else's are called so. */
export const WEFT_TABLES: readonly string[] = ['weft', 'weft_fast', 'weft_trace', 'weft_probe']

export type WeftObject =
  | { readonly kind: 'network'; readonly network: string }
  /** Of no network that is known. */
  | { readonly kind: 'bridge'; readonly bridge: string }
  | {
      readonly kind: 'published port'
      readonly protocol: string
      readonly port: number
      /** Of this host; absent: all. */
      readonly address?: string
      readonly target: string
    }
  /** A list of rules (weft rule): the network's, a group's or a guest's. */
  | {
      readonly kind: 'rules'
      readonly network: string
      readonly direction: 'in' | 'out'
      readonly group?: string
      readonly guest?: string
    }
  /** What a port may send as. */
  | { readonly kind: 'anti-spoofing'; readonly network: string; readonly port: string }
  /** What its NIC is held to; `filter` is the one that has the rule, of those that it leads to. */
  | { readonly kind: 'filter'; readonly network: string; readonly port: string; readonly filter?: string }
  | { readonly kind: 'port'; readonly port: string }

export type Owner =
  | { readonly who: 'weft'; readonly object?: WeftObject }
  | { readonly who: Stranger }
  /** A table that nobody known makes; its name is the rule's. */
  | { readonly who: 'stranger' }

/** What helps to tell. */
export interface OwnerHints {
  /** The rules that led to it: they say which bridge a shared chain was entered for. */
  readonly path?: readonly RuleRef[]
  /** Whose chains stand beside a built-in one of iptables. */
  readonly ruleset?: Ruleset
  readonly networkOf?: (bridge: string) => string | undefined
}

export function ownerOf(ref: RuleRef, hints: OwnerHints = {}): Owner {
  if (WEFT_TABLES.includes(ref.table)) {
    const object = ref.family === 'bridge' ? guardObject(ref, hints) : objectOf(ref, hints)
    return { who: 'weft', ...(object === undefined ? {} : { object }) }
  }
  const named = strangerIn(`${ref.table} ${ref.chain}`) ?? strangerIn(ref.text)
  if (named !== undefined) return { who: named }
  if (isBuiltIn(ref.family, ref.table, ref.chain)) return { who: beside(ref, hints) ?? 'iptables' }
  return { who: readLegacyName(ref.table) === undefined ? 'stranger' : 'iptables' }
}

/** A policy is set by whoever has chains in the table: Docker and ufw set that of FORWARD. */
function beside(ref: RuleRef, { ruleset }: OwnerHints): Stranger | undefined {
  if (ref.handle !== undefined) return undefined
  const isIt = ({ family, name }: Table): boolean => family === ref.family && name === ref.table
  const chains = [...(ruleset?.tables.find(isIt)?.chains.keys() ?? [])]
  const all = new Set(chains.flatMap((chain) => strangerIn(chain) ?? []))
  // ufw says itself what becomes of all the rest; where both are, it is the one that was asked to.
  return all.has('ufw') ? 'ufw' : [...all][0]
}

const BRIDGED = /^(?:from|to|same_bridge|clamped|uplinks|nat6?|nat_\w+) "([^"]+)"/

function objectOf(ref: RuleRef, { path = [], networkOf }: OwnerHints): WeftObject | undefined {
  const before = path.slice(0, path.indexOf(ref) + 1).reverse()
  // Who is let in because a port is published went through that port before.
  const isLetIn = ref.elements?.some((element) => /^published6?_(to|from) /.test(element)) === true
  const published = (isLetIn ? before : [ref])
    .flatMap(({ elements = [] }) => elements.map(publishedIn))
    .find((each) => each !== undefined)
  if (published !== undefined) return published
  const bridge = before
    .filter(({ family, table }) => family === ref.family && table === ref.table)
    .flatMap(({ elements = [] }) => elements)
    .map((element) => BRIDGED.exec(element)?.[1])
    .find((name) => name !== undefined)
  return bridge === undefined ? undefined : ofBridge(bridge, networkOf)
}

function ofBridge(bridge: string, networkOf: OwnerHints['networkOf']): WeftObject {
  const network = networkOf?.(bridge)
  return network === undefined ? { kind: 'bridge', bridge } : { kind: 'network', network }
}

/** `published tcp . 8080 : 10.0.0.2 . 80`, `published_at 192.0.2.1 . tcp . 8080 : ...`. */
function publishedIn(element: string): WeftObject | undefined {
  const [, address, protocol = '', port = '', to = '', toPort = ''] =
    /^published6?(?:_at)? (?:(\S+) \. )?(tcp|udp) \. (\d+) : (\S+) \. (\d+)/.exec(element) ?? []
  if (protocol === '') return undefined
  const target = to.includes(':') ? `[${to}]:${toPort}` : `${to}:${toPort}`
  return {
    kind: 'published port',
    protocol,
    port: Number(port),
    ...(address === undefined ? {} : { address }),
    target,
  }
}

/** Chains of `bridge weft` are called by network and by what they are for. */
function guardObject(ref: RuleRef, { path = [] }: OwnerHints): WeftObject | undefined {
  const named =
    guardChain(ref.chain, ref.text) ?? ref.elements?.map(leadsTo).find((each) => each !== undefined)
  if (named !== undefined) return named
  // A chain that all share: whoever led there.
  const before = path.slice(0, path.indexOf(ref)).reverse()
  return before
    .filter(({ family, table }) => family === 'bridge' && WEFT_TABLES.includes(table))
    .map(({ chain, elements = [] }) => guardChain(chain) ?? elements.map(leadsTo)[0])
    .find((each) => each !== undefined)
}

const leadsTo = (element: string): WeftObject | undefined => {
  const [, chain = ''] = /: (?:jump|goto) (\S+)$/.exec(element) ?? []
  return guardChain(chain)
}

function guardChain(chain: string, text = ''): WeftObject | undefined {
  const [network = '', kind, what, name] = chain.split('/')
  if (kind === 'filter') {
    const filter = FILTER_LABEL.exec(text)?.[1]
    return { kind, network, port: what ?? '', ...(filter === undefined ? {} : { filter }) }
  }
  if (kind === 'senders') return { kind: 'anti-spoofing', network, port: what ?? '' }
  if (kind !== 'in' && kind !== 'out') return undefined
  return {
    kind: 'rules',
    network,
    direction: kind,
    ...(what === 'guest' && name !== undefined ? { guest: name } : {}),
    ...(what === 'group' && name !== undefined ? { group: name } : {}),
  }
}

/** As rules of filters are labelled: the filter's name, the rule's priority, and what the rule says as a number. */
const FILTER_LABEL = / comment "(.+) -?\d+ #[0-9a-f]+"/
