/** Publishing: ports of this host that lead to a machine's NIC, part of its definition, there as long as its network runs. */
import { WeftError } from '../core/errors.ts'
import {
  formatPublication,
  parsePublication,
  publicationsClash,
  type Publication,
} from '../core/host/publication.ts'
import { blockedBy, blockedSentence } from '../core/network/firewall/foreign-chains.ts'
import { publishProblem } from '../core/network/firewall/publish-problems.ts'
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
import { publishedPorts } from './published.ts'
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
    refuseClashes(app, name, added, before.map(parsePublication))
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
  const keeping = keepAddresses(app, wanted, seen)
  if (nic !== undefined) refuseUnreachable(app, wanted, nic, keeping.seen)
  const define = await planDefinition(app, app.vms, wanted, title)
  const tell = keeping.steps.length === 0 ? [] : tellSteps(app, networksOf(wanted), keeping.seen)
  const publishing = publishedSteps(app, keeping.seen, { wanted }, networksOf(wanted))
  const plan = lastingPlan(title, [...define.steps, ...keeping.steps, ...tell, ...publishing])
  const notes = [...keeping.notes, ...(nic === undefined ? [] : publishNotes(app, nic, seen))]
  return toldOfDefinition(app, wanted.name, await carryOut(app, request, plan, result, notes))
}

function withNic(spec: VmSpec, nic: NicDevice): VmSpec {
  return { ...spec, nics: spec.nics.map((each) => (each.mac === nic.mac ? nic : each)) }
}

function chooseNic(app: App, spec: VmSpec, seen: SeenHost, which: string | undefined): NicDevice {
  const { name, nics } = spec
  const problemOf = (nic: NicDevice): string | undefined => {
    const network = networkOf(app, seen, nic.network)
    return network === undefined
      ? `network '${nic.network}' does not exist`
      : publishProblem(network)?.message
  }
  const known = nics.map(({ mac, network }) => `${mac} on ${network}`).join(', ')
  const named = nics.filter(
    ({ mac, network }) => which === undefined || mac === which.toLowerCase() || network === which,
  )
  if (named.length === 0)
    throw new WeftError(
      'not-found',
      which === undefined ? `machine '${name}' has no NIC` : `machine '${name}' has no NIC '${which}'`,
      { hint: known === '' ? `weft nic attach ${name} default` : `it has ${known}` },
    )
  const found = named.find((nic) => problemOf(nic) === undefined)
  if (found !== undefined) return found
  const [first] = named
  const network = first === undefined ? undefined : networkOf(app, seen, first.network)
  const problem = network === undefined ? undefined : publishProblem(network)
  throw new WeftError(
    'unsupported',
    `no port of machine '${name}' can be published: ${(first && problemOf(first)) ?? ''}`,
    problem?.hint === undefined ? {} : { hint: problem.hint },
  )
}

/** A port leads to an address: one that the NIC keeps. */
function refuseUnreachable(app: App, spec: VmSpec, nic: NicDevice, seen: SeenHost): void {
  const own = publishedPorts(app, seen, { wanted: spec }).filter((port) => port.machine === spec.name)
  const lost = own.find((port) => {
    const wantsIpv6 = port.address?.includes(':')
    const found = wantsIpv6 === undefined ? (port.ip ?? port.ip6) : wantsIpv6 ? port.ip6 : port.ip
    return port.network === nic.network && found === undefined
  })
  if (lost === undefined) return
  const kind =
    lost.address === undefined
      ? 'an address'
      : lost.address.includes(':')
        ? 'an IPv6 address'
        : 'an IPv4 address'
  const message = `machine '${spec.name}' keeps no ${kind.replace(/^an /, '')} on network '${nic.network}' that a port could lead to`
  throw new WeftError('unsupported', message, {
    hint: `give the network DHCP, or the machine an address there: weft net show ${nic.network}`,
  })
}

/** One port leads to one guest: of any machine. */
function refuseClashes(
  app: App,
  name: string,
  asked: readonly Publication[],
  before: readonly Publication[],
): void {
  const known = app.vms
    .list()
    .flatMap((vm) =>
      vm.nics.flatMap(({ publish: words = [] }) => words.map((word) => ({ vm: vm.name, word }))),
    )
  for (const each of asked) {
    const other = known.find(({ word }) => publicationsClash(parsePublication(word), each))
    if (other !== undefined) {
      const message = `could not publish ${formatPublication(each)}: machine '${other.vm}' has published ${other.word}`
      throw new WeftError('in-use', message, {
        hint: `choose another port, or: weft unpublish ${other.vm} ${other.word}`,
      })
    }
    const twice = [...asked, ...before].find((one) => one !== each && publicationsClash(one, each))
    if (twice !== undefined) {
      const message = `could not publish ${formatPublication(each)} and ${formatPublication(twice)} of '${name}': a port leads to one place`
      throw new WeftError('invalid-argument', message)
    }
  }
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
