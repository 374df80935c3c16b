/** What keeps a port from being published: it could lead nowhere, or somebody has it already, and here it is said who. */
import { WeftError } from '../core/errors.ts'
import {
  formatPublication,
  parsePublication,
  publicationsClash,
  type Publication,
} from '../core/host/publication.ts'
import type { SeenHost } from '../core/network/seen.ts'
import { publishProblem } from '../core/network/firewall/publish-problems.ts'
import type { NicDevice, VmSpec } from '../core/vm/spec.ts'
import { networkOf } from './keep-addresses.ts'
import type { App } from './ports.ts'
import { publishedPorts } from './published.ts'

/** Throws for the first of `spec`'s publications that is new and that somebody else has; returns what is to be told of the others. */
export async function refuseTakenPorts(app: App, spec: VmSpec, seen: SeenHost): Promise<string[]> {
  const own = spec.nics.flatMap(({ publish = [] }) => publish.map(parsePublication))
  const before = new Set<string>(wordsOf(app.vms.find(spec.name)))
  const added = own.filter((each) => !before.has(formatPublication(each)))
  if (added.length === 0) return []
  refuseTwice(own)
  refuseSenders(app, spec, seen, added)
  for (const each of added) {
    refuseOthers(app, spec.name, each)
    refuseAddress(each, seen)
    refuseServed(each)
  }
  await refuseRedirects(app, added)
  return refuseListeners(app, added)
}

export function withNic(spec: VmSpec, nic: NicDevice): VmSpec {
  return { ...spec, nics: spec.nics.map((each) => (each.mac === nic.mac ? nic : each)) }
}

/** The one that is meant, or the first that can be reached so. */
export function chooseNic(app: App, spec: VmSpec, seen: SeenHost, which: string | undefined): NicDevice {
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
export function refuseUnreachable(app: App, spec: VmSpec, nic: NicDevice, seen: SeenHost): void {
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

/** A machine as it is to be: every published port leads somewhere, and nobody else has it. Returns what is to be told. */
export async function refusePublished(app: App, spec: VmSpec, seen: SeenHost): Promise<string[]> {
  for (const { network, publish } of spec.nics) {
    const known = publish === undefined ? undefined : networkOf(app, seen, network)
    const problem = known === undefined ? undefined : publishProblem(known)
    if (problem === undefined) continue
    const message = `machine '${spec.name}' cannot publish ${(publish ?? []).join(' ')}: ${problem.message}`
    throw new WeftError('unsupported', message, { hint: problem.hint })
  }
  return refuseTakenPorts(app, spec, seen)
}

/** A machine that is made with ports: on the first NIC that can be reached so. */
export function withPublished(app: App, spec: VmSpec, ports: readonly string[], seen: SeenHost): VmSpec {
  if (ports.length === 0) return spec
  const words = ports.map((port) => formatPublication(parsePublication(port)))
  return withNic(spec, { ...chooseNic(app, spec, seen, undefined), publish: [...new Set(words)] })
}

const wordsOf = (vm: VmSpec | undefined): string[] =>
  (vm?.nics ?? []).flatMap(({ publish = [] }) => [...publish])

function refuseTwice(own: readonly Publication[]): void {
  for (const [i, each] of own.entries()) {
    const other = own.slice(i + 1).find((one) => publicationsClash(one, each))
    if (other === undefined) continue
    const words = [each, other].map(formatPublication).join(' and ')
    throw new WeftError('invalid-argument', `${words} are about the same port: it leads to one place only`)
  }
}

/** Whoever has a route to a routed network reaches its guests without the port of this host: nobody would be kept out. */
function refuseSenders(app: App, { nics }: VmSpec, seen: SeenHost, added: readonly Publication[]): void {
  const words = new Set<string>(added.filter(({ from }) => from !== undefined).map(formatPublication))
  for (const { network, publish = [] } of nics) {
    const word = publish.find((each) => words.has(each))
    if (word === undefined || networkOf(app, seen, network)?.mode !== 'route') continue
    throw new WeftError(
      'unsupported',
      `could not publish ${word}: network '${network}' is routed, and whoever has a route to it reaches its guests anyway`,
      { hint: `leave out who may, and say it by rules: weft rule add ${network} --help` },
    )
  }
}

function refuseOthers(app: App, name: string, asked: Publication): void {
  for (const vm of app.vms.list()) {
    if (vm.name === name) continue
    const taken = wordsOf(vm).find((word) => publicationsClash(parsePublication(word), asked))
    if (taken !== undefined)
      throw refusal(
        asked,
        `machine '${vm.name}' has published ${taken}`,
        `weft unpublish ${vm.name} ${taken}`,
      )
  }
}

function refuseAddress({ address, ...asked }: Publication, { links }: SeenHost): void {
  if (address === undefined || address.startsWith('127.')) return
  const word = formatPublication({ ...asked, address })
  if (address === '::1')
    throw new WeftError(
      'unsupported',
      `could not publish ${word}: no kernel leads packets for ::1 elsewhere`,
      {
        hint: '127.0.0.1 works',
      },
    )
  const known = links.flatMap(({ ipv4, ipv6 }) => [...ipv4, ...ipv6].map((cidr): string => cidr.address))
  if (known.includes(address)) return
  throw new WeftError(
    'invalid-argument',
    `could not publish ${word}: ${address} is no address of this host`,
    {
      hint: `it has ${known.filter((each) => !each.startsWith('127.') && each !== '::1').join(', ')}`,
    },
  )
}

/** weft's own: guests ask this host for names and addresses. */
function refuseServed(asked: Publication): void {
  const { protocol, port, count, address } = asked
  const has = (one: number): boolean => port <= one && one < port + count
  const isServed = has(53) || (protocol === 'udp' && (has(67) || has(547)))
  if (address !== undefined || !isServed) return
  throw refusal(asked, 'guests ask this host for names and addresses there', '--address IP, of another link')
}

async function refuseRedirects(app: App, added: readonly Publication[]): Promise<void> {
  const redirects = await app.host.redirects()
  for (const asked of added) {
    const taken = redirects.find(
      ({ protocol, ports, address }) =>
        (protocol ?? asked.protocol) === asked.protocol &&
        (address === undefined || asked.address === undefined || asked.address === address) &&
        ports.some(({ first, last }) => first < asked.port + asked.count && asked.port <= last),
    )
    if (taken !== undefined)
      throw refusal(asked, `${taken.where} leads it elsewhere already, by the rule: ${taken.rule}`)
  }
}

/** A port that somebody has at every address may lead elsewhere at one: that is told. */
async function refuseListeners(app: App, added: readonly Publication[]): Promise<string[]> {
  const isIn = ({ protocol, port, count }: Publication, other: { protocol: string; port: number }): boolean =>
    protocol === other.protocol && port <= other.port && other.port < port + count
  const listeners = await app.host.listeners((each) => added.some((asked) => isIn(asked, each)))
  return added.flatMap((asked) =>
    listeners.flatMap((listener) => {
      if (!isIn(asked, listener)) return []
      const { address = 'every address', holder, protocol, port } = listener
      const place = `${holder} listens on ${protocol} port ${String(port)} at ${address}`
      if (asked.address === undefined || asked.address === listener.address)
        throw refusal(asked, place, 'stop it, or weft publish ... --address IP')
      return listener.address === undefined ? [`${place}; at ${asked.address} the guest answers instead`] : []
    }),
  )
}

function refusal(asked: Publication, why: string, hint?: string): WeftError {
  return new WeftError('conflict', `could not publish ${formatPublication(asked)}: ${why}`, {
    hint: hint === undefined ? 'choose another port' : `choose another port, or: ${hint}`,
  })
}
