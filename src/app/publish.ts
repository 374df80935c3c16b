/** Publishing: ports of this host that lead to a machine's NIC, part of its definition, there as long as its network runs. */
import { WeftError } from '../core/errors.ts'
import { formatPublication, parsePublication } from '../core/host/publication.ts'
import { blockedBy, blockedSentence } from '../core/network/firewall/foreign-chains.ts'
import type { PublishedPort } from '../core/network/firewall/nft-published.ts'
import { isActive, type SeenHost } from '../core/network/seen.ts'
import { lastingPlan } from '../core/plan/plan.ts'
import { omit } from '../core/vm/omit.ts'
import { networksOf } from '../core/vm/nics.ts'
import type { NicDevice, VmSpec } from '../core/vm/spec.ts'
import { carryOut, type Changed, type ChangeRequest, toldOfDefinition } from './change.ts'
import { planDefinition } from './definitions.ts'
import { keepAddresses, networkOf, tellSteps } from './keep-addresses.ts'
import { lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'
import { chooseNic, refuseTakenPorts, refuseUnreachable, withNic } from './refuse-published.ts'
import { publishedSteps } from './published-steps.ts'
import { getVm } from './vm-state.ts'
import { inTurnOf } from './vm-turn.ts'

export interface PublishRequest {
  /** As core/host/publication.ts reads them. */
  readonly ports: readonly string[]
  /** A MAC or a network; absent: the first NIC that can be reached so. */
  readonly nic?: string
}

export function publish(
  app: App,
  name: string,
  { ports, nic: which }: PublishRequest,
  request: ChangeRequest,
): Promise<Changed<'published' | 'already-published'>> {
  const asked = ports.map(parsePublication)
  return inTurnOf(app, name, async () => {
    const spec = getVm(app, name)
    const seen = await lookAtNetworks(app, networksOf(spec))
    const nic = chooseNic(app, spec, seen, which)
    const before = nic.publish ?? []
    const added = asked.filter((each) => !before.includes(formatPublication(each)))
    const words = [...new Set([...before, ...added.map(formatPublication)])]
    const wanted = withNic(spec, { ...nic, publish: words })
    return carryOutPublishing(app, { seen, wanted, nic }, request, {
      title: `publish ${added.map(formatPublication).join(' ')} of machine '${name}'`,
      result: added.length === 0 ? 'already-published' : 'published',
    })
  })
}

/** `port` is as it was published, or only the port of this host: `8080`, `53/udp`; none: everything of the machine. */
export function unpublish(
  app: App,
  name: string,
  ports: readonly string[],
  request: ChangeRequest,
): Promise<Changed<'unpublished'>> {
  return inTurnOf(app, name, async () => {
    const spec = getVm(app, name)
    const seen = await lookAtNetworks(app, networksOf(spec))
    const all = spec.nics.flatMap(({ publish: words = [] }) => words)
    const going = new Set<string>(ports.length === 0 ? all : ports.flatMap((port) => meant(spec, all, port)))
    if (going.size === 0)
      throw new WeftError('not-found', `machine '${name}' has no port published`, {
        hint: 'weft publish list',
      })
    const nics = spec.nics.map((nic) => {
      const left = (nic.publish ?? []).filter((word) => !going.has(word))
      return left.length === 0 ? omit(nic, 'publish') : { ...nic, publish: left }
    })
    return carryOutPublishing(app, { seen, wanted: { ...spec, nics } }, request, {
      title: `unpublish ${[...going].join(' ')} of machine '${name}'`,
      result: 'unpublished',
    })
  })
}

interface Publishing {
  readonly seen: SeenHost
  readonly wanted: VmSpec
  /** Whose address is needed from now on. */
  readonly nic?: NicDevice
}

async function carryOutPublishing<Result extends string>(
  app: App,
  { seen, wanted, nic }: Publishing,
  request: ChangeRequest,
  { title, result }: { readonly title: string; readonly result: Result },
): Promise<Changed<Result>> {
  const shared = await refuseTakenPorts(app, wanted, seen)
  const keeping = keepAddresses(app, wanted, seen)
  if (nic !== undefined) refuseUnreachable(app, wanted, nic, keeping.seen)
  const define = await planDefinition(app, app.vms, wanted, title)
  const tell = keeping.steps.length === 0 ? [] : tellSteps(app, networksOf(wanted), keeping.seen)
  const publishing = publishedSteps(app, keeping.seen, { wanted }, networksOf(wanted))
  const plan = lastingPlan(title, [...define.steps, ...keeping.steps, ...tell, ...publishing])
  const notes = [...keeping.notes, ...shared, ...(nic === undefined ? [] : publishNotes(app, nic, seen))]
  return toldOfDefinition(app, wanted.name, await carryOut(app, request, plan, result, notes))
}

/** The words that a port of this host, or the whole word, stands for. */
function meant({ name }: VmSpec, all: readonly string[], text: string): string[] {
  const [port, protocol] = text.split('/')
  const found = all.filter((word) => {
    const publication = parsePublication(word)
    const isPort =
      String(publication.port) === port && (protocol ?? publication.protocol) === publication.protocol
    return word === text || formatPublication(publication).replace(/,from=.*$/, '') === text || isPort
  })
  if (found.length > 0) return found
  const hint = all.length === 0 ? 'weft publish list' : `it has ${all.join(' ')}`
  throw new WeftError('not-found', `machine '${name}' has not published '${text}'`, { hint })
}

/** Whoever else has a say in it. */
function publishNotes(app: App, nic: NicDevice, seen: SeenHost): string[] {
  const network = networkOf(app, seen, nic.network)
  if (network === undefined) return []
  const blocked = blockedBy(seen.foreignChains, network, seen.bridgeFilter)
  const outside = blocked.filter(({ ways }) => ways.includes('outside')).map(blockedSentence)
  const idle = isActive(seen, nic.network)
    ? []
    : [`it leads there once network '${nic.network}' runs: weft net start ${nic.network}`]
  const own = seen.bridgeFilter.ipv4 || seen.bridgeFilter.ipv6 ? [OWN_PORT] : []
  return [...idle, ...outside, ...own]
}

const OWN_PORT =
  'br_netfilter is on: the guest itself does not reach it; all others do (net.bridge.bridge-nf-call-iptables=0 where nobody needs that)'

export interface PublishedState extends PublishedPort {
  readonly word: string
  /** Its network runs. */
  readonly isActive: boolean
}

/** Of one machine, or of all. */
export async function listPublished(app: App, name?: string): Promise<PublishedState[]> {
  if (name !== undefined) getVm(app, name)
  const seen = await lookAtNetworks(app)
  return (seen.published ?? [])
    .filter(({ machine }) => name === undefined || machine === name)
    .map((port) => ({ ...port, word: formatPublication(port), isActive: isActive(seen, port.network) }))
}
