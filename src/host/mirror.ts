/**
 * What the kernel was last seen to have: links, routes and weft's firewall tables, kept in memory and asked for again only where
 * something happened. weft's own actions say so themselves, others' come from `ip monitor` and `nft monitor`. Until somebody
 * listens to those (`trust`), every look asks for everything.
 */
import type { Action } from '../core/plan/action.ts'
import type { IpShell } from './ip-shell.ts'
import type { NftShell } from './nft-shell.ts'
import { findLink, listLinks, type RawLink } from './observe-links.ts'
import { createRouteMirror, type RouteMirror } from './mirror-routes.ts'
import { createChainsMirror } from './mirror-chains.ts'
import type { LookedAt } from './observe-neighbours.ts'
import { createNeighboursMirror } from './mirror-neighbours.ts'
import { createTableMirror } from './mirror-table.ts'
import { listRules, RULE_LINE, type RawRules } from './observe-rules.ts'
import type { RawRoute } from './observe-routes.ts'

export interface Mirror {
  links(): Promise<readonly RawLink[]>
  routes(): Promise<readonly RawRoute[]>
  rules(): Promise<RawRules>
  /** `nft list table inet weft`; undefined when there is none. */
  table(): Promise<string | undefined>
  /** `nft list table bridge weft`; undefined when there is none. */
  guard(): Promise<string | undefined>
  /** `nft list chains`. */
  chains(): Promise<string | undefined>
  /** Rules of others; undefined: nobody has any. */
  neighbours(): Promise<LookedAt | undefined>
  /** An action of weft's is about to be performed. */
  expect(action: Action): void
  /** It has been performed, or, without `isDone`, tried. */
  touch(action: Action, isDone: boolean): void
  /** A line of `ip -o monitor link address route rule netconf` or of `nft monitor`; answers what of the host it is about. */
  hear(line: string): Heard
  /** Somebody hears for us from now on; false: not any more. */
  trust(isHeard: boolean): void
}

/** What a line of a monitor is about. */
export interface Heard {
  /** Links, with the bridges they are or were plugged into; what leaves through a route. */
  readonly links?: readonly string[]
  /** Somebody else changed one of weft's firewall tables: the name of their program. */
  readonly tableBy?: string
  /** Rules of others have changed: the name of the program that did it. */
  readonly neighbourBy?: string
  /** Forwarding was turned on or off for the whole host. */
  readonly isForwarding?: true
  /** A route to everywhere, or to half of it, came or went. */
  readonly isWayOut?: boolean
}

/** Beyond this many changed links one list of all is cheaper. */
const MANY = 16

export function createMirror(ip: IpShell, ip6: IpShell, nft: NftShell): Mirror {
  const links = linkMirror(ip)
  const routes = createRouteMirror(ip, () => links.read())
  const table = createTableMirror(nft, 'inet weft')
  const guard = createTableMirror(nft, 'bridge weft')
  const tables = [table, guard]
  let rules: Promise<RawRules> | undefined
  const chains = createChainsMirror(nft)
  const neighbours = createNeighboursMirror(() => chains.read())
  const forget = (): void => {
    links.forget()
    routes.forget()
    for (const each of tables) each.forget()
    rules = undefined
    chains.forget()
    neighbours.forget()
  }
  let isTrusted = false
  const look = async <T>(read: () => Promise<T>): Promise<T> => {
    if (!isTrusted) forget()
    return read()
  }
  const mark = (name: string, index?: number): string[] => {
    const marked = links.mark(name, index)
    for (const each of marked) routes.mark(each)
    return marked
  }
  return {
    links: () => look(() => links.read()),
    routes: () => look(() => routes.read()),
    rules: () => look(() => (rules ??= listRules(ip, ip6))),
    table: () => look(() => table.read()),
    guard: () => look(() => guard.read()),
    chains: () => look(() => chains.read()),
    neighbours: () => look(() => neighbours.read()),
    expect(action) {
      const text = nftText(action)
      if (text !== undefined && isTrusted) for (const each of tables) each.expect(text)
    },
    touch(action, isDone) {
      if (action.kind !== 'run') return
      const text = nftText(action)
      if (text !== undefined) for (const each of tables) each.sent(text, isDone)
      else if (action.argv[0] === 'ip') {
        for (const name of linkWords(action.argv, links)) mark(name)
      } else {
        links.forget()
        routes.forget()
        rules = undefined
        neighbours.forget()
      }
    },
    hear(line) {
      const [, index, name] = /^(?:Deleted )?(\d+): ([^\s:@]+)/.exec(line) ?? []
      if (index !== undefined && name !== undefined) {
        const gone = /^Deleted .* inet6? ([^\s/]+)/.exec(line)?.[1]
        if (gone !== undefined) routes.markSource(gone)
        const master = / master (\S+)/.exec(line)?.[1]
        return { links: [...mark(name, Number(index)), ...(master === undefined ? [] : [master])] }
      }
      if (RULE_LINE.test(line)) {
        rules = undefined
        return {}
      }
      if (NETCONF_LINE.test(line)) return line.includes(' all forwarding ') ? { isForwarding: true } : {}
      if (!NFT_LINE.test(line)) return hearRoute(line, routes)
      chains.hear(line)
      const [by] = tables.flatMap((each) => each.hear(line) ?? [])
      const neighbourBy = neighbours.hear(line)
      const shim = SHIM_TABLE.exec(line)?.[1]
      return {
        ...(shim === undefined ? {} : { links: [shim] }),
        ...(by === undefined ? {} : { tableBy: by }),
        ...(neighbourBy === undefined ? {} : { neighbourBy }),
      }
    },
    trust(isHeard) {
      isTrusted = isHeard
      ip.forgetNames()
      forget()
    },
  }
}

const nftText = (action: Action): string | undefined =>
  action.kind === 'run' && action.argv[0] === 'nft' ? (action.stdin ?? action.argv.join(' ')) : undefined

/** `ip monitor` has lines with none of these beginnings: `10.0.0.0/8 dev eth0 ...`, `Deleted local 10.0.0.1 dev lo ...`. */
/** What guards a shim is looked at with it (core/network/bridge/plan-reach.ts). */
const SHIM_TABLE = /\bnetdev weft_(shim[0-9a-f]+)\b/
const NFT_LINE = /^(#|add |delete |insert |replace |flush |reset |destroy |\s|\})/

/** `inet all forwarding on`, `Deleted inet6 virbr0`. */
const NETCONF_LINE = /^(Deleted )?(inet6?|mpls) /

/** A route over several links, or none, is in no link's list. */
function hearRoute(line: string, routes: RouteMirror): Heard {
  const link = line.includes(' nexthop ') ? undefined : / dev (\S+)/.exec(line)?.[1]
  if (link === undefined) routes.forget()
  else routes.mark(link)
  const isWayOut = /^(Deleted )?(default|\S+\/[123]) /.test(line)
  return link === undefined ? { isWayOut } : { links: [link], isWayOut }
}

/** Every link the words name, and the one after `dev`, `name` or `master` even when it is not there yet. */
function linkWords(argv: readonly string[], links: LinkMirror): string[] {
  return argv.filter(
    (word, position) => /^(dev|name|master)$/.test(argv[position - 1] ?? '') || links.has(word),
  )
}

interface LinkMirror {
  read(): Promise<readonly RawLink[]>
  has(name: string): boolean
  /** Answers with all that are asked for again. */
  mark(name: string, index?: number): string[]
  forget(): void
}

function linkMirror(ip: IpShell): LinkMirror {
  let known: Map<string, RawLink> | undefined
  /** The answer to the last look: the same to the next one, when nothing has happened. */
  let all: readonly RawLink[] = []
  let changed = new Set<string>()
  let last: Promise<unknown> = Promise.resolve()
  /** How often all was forgotten: it may happen while a refresh is under way. */
  let forgotten = 0
  const refresh = async (): Promise<readonly RawLink[]> => {
    if (known !== undefined && changed.size === 0) return all
    const names = changed
    changed = new Set()
    const times = forgotten
    const before = names.size <= MANY ? known : undefined
    const renewed = before === undefined ? undefined : await renew(ip, before, names)
    const now = renewed ?? (await listAll(ip))
    known = times === forgotten ? now : undefined
    all = [...now.values()]
    return all
  }
  return {
    // One after the other: two looks must not overtake each other.
    read() {
      const answer = last.then(refresh)
      last = answer.catch(() => {
        known = undefined
      })
      return answer
    },
    has: (name) => known?.has(name) === true,
    mark(name, index) {
      const names = new Set([name])
      for (const link of known?.values() ?? []) if (link.ifindex === index) names.add(link.ifname)
      // The long-lived `ip` goes on calling it by its old name when it prints whose port another is.
      if (names.size > 1) ip.forgetNames()
      const marked = new Set(names)
      // A port that comes or goes changes its bridge; a bridge that goes or is renamed, its ports.
      for (const { ifname, master } of known?.values() ?? [])
        if (master !== undefined && names.has(ifname)) marked.add(master)
        else if (master !== undefined && names.has(master)) marked.add(ifname)
      for (const each of marked) changed.add(each)
      return [...marked]
    },
    forget() {
      known = undefined
      forgotten += 1
      changed.clear()
    },
  }
}

async function listAll(ip: IpShell): Promise<Map<string, RawLink>> {
  const list = async (): Promise<Map<string, RawLink>> =>
    new Map((await listLinks(ip)).map((link) => [link.ifname, link]))
  const all = await list()
  if ([...all.values()].every(({ master }) => master === undefined || all.has(master))) return all
  // A bridge was renamed, and the long-lived `ip` still calls it by its old name.
  ip.forgetNames()
  return list()
}

/** Undefined after a rename: others' masters may be known by the old name. */
async function renew(
  ip: IpShell,
  known: ReadonlyMap<string, RawLink>,
  names: ReadonlySet<string>,
): Promise<Map<string, RawLink> | undefined> {
  const now = new Map(known)
  for (const name of names) {
    const link = await findLink(ip, name)
    if (link === undefined) now.delete(name)
    else now.set(name, link)
    if ([...known.values()].some(({ ifindex, ifname }) => ifindex === link?.ifindex && ifname !== name)) {
      ip.forgetNames()
      return undefined
    }
  }
  return now
}
