/**
 * What the kernel was last seen to have: links, routes and weft's firewall table, kept in memory and asked for again only where
 * something happened. weft's own actions say so themselves, others' come from `ip monitor` and `nft monitor`. Until somebody
 * listens to those (`trust`), every look asks for everything.
 */
import type { Action } from '../core/plan/action.ts'
import type { IpShell } from './ip-shell.ts'
import type { NftShell } from './nft-shell.ts'
import { findLink, listLinks, type RawLink } from './observe-links.ts'
import { listRoutes, type RawRoute } from './observe-routes.ts'

export interface Mirror {
  links(): Promise<readonly RawLink[]>
  routes(): Promise<readonly RawRoute[]>
  /** `nft list table inet weft`; undefined when there is none. */
  table(): Promise<string | undefined>
  /** An action of weft's has been performed, or tried. */
  touch(action: Action): void
  /** A line of `ip -o monitor link address route` or of `nft monitor`. */
  hear(line: string): void
  /** Somebody hears for us from now on; false: not any more. */
  trust(isHeard: boolean): void
}

/** Beyond this many changed links one list of all is cheaper. */
const MANY = 16

export function createMirror(ip: IpShell, nft: NftShell): Mirror {
  const links = linkMirror(ip)
  const routes = valueMirror(() => listRoutes(ip))
  const table = valueMirror(() => nft.list('list table inet weft'))
  const forget = (): void => {
    links.forget()
    routes.forget()
    table.forget()
  }
  let isTrusted = false
  const look = async <T>(read: () => Promise<T>): Promise<T> => {
    if (!isTrusted) forget()
    return read()
  }
  return {
    links: () => look(() => links.read()),
    routes: () => look(() => routes.read()),
    table: () => look(() => table.read()),
    touch(action) {
      if (action.kind === 'sysctl' || action.kind === 'write' || action.kind === 'remove') return
      if (action.kind !== 'run') return
      if (action.argv[0] === 'nft') table.forget()
      else if (action.argv[0] === 'ip') touchWords(action.argv, links)
      else links.forget()
      if (action.argv[0] !== 'nft') routes.forget()
    },
    hear(line) {
      const [, index, name] = /^(?:Deleted )?(\d+): ([^\s:@]+)/.exec(line) ?? []
      if (index !== undefined && name !== undefined) {
        links.mark(name, Number(index))
        return
      }
      if (/\binet weft\b/.test(line)) table.forget()
      else if (/\bdev |^(Deleted )?\S+ /.test(line)) routes.forget()
    },
    trust(isHeard) {
      isTrusted = isHeard
      forget()
    },
  }
}

/** Every link the words name, and the one after `dev`, `name` or `master` even when it is not there yet. */
function touchWords(argv: readonly string[], links: LinkMirror): void {
  for (const [position, word] of argv.entries()) {
    if (/^(dev|name|master)$/.test(argv[position - 1] ?? '') || links.has(word)) links.mark(word)
  }
}

interface LinkMirror {
  read(): Promise<readonly RawLink[]>
  has(name: string): boolean
  mark(name: string, index?: number): void
  forget(): void
}

function linkMirror(ip: IpShell): LinkMirror {
  let known: Map<string, RawLink> | undefined
  let changed = new Set<string>()
  let last: Promise<unknown> = Promise.resolve()
  const refresh = async (): Promise<readonly RawLink[]> => {
    const names = changed
    changed = new Set()
    if (known === undefined || names.size > MANY) {
      known = undefined
      const all = await listLinks(ip)
      known = new Map(all.map((link) => [link.ifname, link]))
    } else for (const name of names) update(known, name, await findLink(ip, name))
    return [...known.values()]
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
      changed.add(name)
      const seen = known?.get(name)
      // A port that comes or goes changes its bridge, a bridge that goes its ports, a rename the old name.
      if (seen?.master !== undefined) changed.add(seen.master)
      for (const link of known?.values() ?? [])
        if (link.master === name || (index !== undefined && link.ifindex === index)) changed.add(link.ifname)
    },
    forget() {
      known = undefined
      changed.clear()
    },
  }
}

function update(known: Map<string, RawLink>, name: string, link: RawLink | undefined): void {
  if (link === undefined) known.delete(name)
  else known.set(name, link)
}

function valueMirror<T>(fetch: () => Promise<T>): { read(): Promise<T>; forget(): void } {
  let known: Promise<T> | undefined
  return {
    read() {
      const answer = known ?? fetch()
      known = answer
      answer.catch(() => {
        if (known === answer) known = undefined
      })
      return answer
    },
    forget() {
      known = undefined
    },
  }
}
