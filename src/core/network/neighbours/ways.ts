/** Through which links of this host guests leave it: a neighbour is asked to let them out there, and nowhere else. */
import { markedNetwork, type SeenHost } from '../seen.ts'
import { waysOut } from '../mtu.ts'
import type { NetworkSpec } from '../spec.ts'

/** What machines and containers are plugged in with: a bridge that has nothing else leads to somebody else's guests. */
const PLUGS = new Set(['veth', 'tun', 'macvtap'])

/**
 * Every link that some route leads through, but for bridges of other guests: whether those may be reached is for whoever made them to say.
 * In the order of their names.
 */
export function waysOf({ forwardDevice }: NetworkSpec, seen: SeenHost): string[] {
  if (forwardDevice !== undefined) return [forwardDevice]
  const far = waysOut(seen)
  const devices = new Set([...seen.routes, ...seen.routes6].flatMap(({ device }) => device ?? []))
  return seen.links
    .filter((link) => devices.has(link.name) && link.name !== 'lo' && markedNetwork(link) === undefined)
    .filter((link) => link.kind !== 'bridge' || far.has(link.name) || hasUplink(link.name, seen))
    .map(({ name }) => name)
    .sort()
}

const hasUplink = (bridge: string, { links }: SeenHost): boolean =>
  links.some(({ master, kind }) => master === bridge && !PLUGS.has(kind ?? ''))
