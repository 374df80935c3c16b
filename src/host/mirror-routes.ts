/** Routes, remembered by the link they leave through, and asked for again only for links where something happened. */
import type { IpShell } from './ip-shell.ts'
import { findRoutes, listRoutes, type RawRoute } from './observe-routes.ts'

export interface RouteMirror {
  read(): Promise<readonly RawRoute[]>
  /** Something happened to the link, or to a route through it. */
  mark(link: string): void
  /** An address went: routes that send from it go with it, through any link, and the kernel does not say so. */
  markSource(address: string): void
  forget(): void
}

/** Beyond this many changed links one list of all is cheaper. */
const MANY = 8

/** `linksFirst`: a long-lived `ip` may know a link by an index it no longer has; asking for the link finds that out. */
/** `linksFirst`: a long-lived `ip` may know a link by an index it no longer has; asking for the link finds that out. */
export function createRouteMirror(ip: IpShell, linksFirst: () => Promise<unknown>): RouteMirror {
  let known: Map<string, readonly RawRoute[]> | undefined
  let all: readonly RawRoute[] | undefined
  let changed = new Set<string>()
  let last: Promise<unknown> = Promise.resolve()
  /** How often everything, or more than marks say, has changed: it may happen while a refresh is under way. */
  let forgotten = 0
  const refresh = async (): Promise<readonly RawRoute[]> => {
    if (all !== undefined) return all
    const times = forgotten
    const names = changed
    changed = new Set()
    // A route over several links is in no link's list.
    const isWorthIt = known?.has('') === false && names.size <= MANY
    const lists = known
    if (!isWorthIt) known = undefined
    const now = isWorthIt && lists !== undefined ? await renew(lists, names) : byLink(await listRoutes(ip))
    const answer = [...now.values()].flat()
    known = times === forgotten ? now : undefined
    // Whatever was marked meanwhile is asked for at the next look.
    if (changed.size === 0 && times === forgotten) all = answer
    return answer
  }
  const renew = async (
    lists: Map<string, readonly RawRoute[]>,
    names: ReadonlySet<string>,
  ): Promise<typeof lists> => {
    await linksFirst()
    for (const name of names) {
      const routes = await findRoutes(ip, name)
      if (routes.length === 0) lists.delete(name)
      else lists.set(name, routes)
    }
    return lists
  }
  return {
    read() {
      const answer = last.then(refresh)
      last = answer.catch(() => {
        known = undefined
      })
      return answer
    },
    mark(link) {
      all = undefined
      changed.add(link)
      for (const route of known?.get(link) ?? [])
        if (route.prefsrc !== undefined) this.markSource(route.prefsrc)
    },
    markSource(address) {
      if (known === undefined) forgotten += 1
      for (const [link, routes] of known ?? [])
        if (routes.some(({ prefsrc }) => prefsrc === address)) {
          all = undefined
          changed.add(link)
        }
    },
    forget() {
      known = undefined
      all = undefined
      forgotten += 1
    },
  }
}

function byLink(routes: readonly RawRoute[]): Map<string, readonly RawRoute[]> {
  const lists = new Map<string, RawRoute[]>()
  for (const route of routes) {
    const link = route.dev ?? ''
    const list = lists.get(link)
    if (list === undefined) lists.set(link, [route])
    else list.push(route)
  }
  return lists
}
