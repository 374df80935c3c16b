/** Networks: the use cases, in libvirt's words. */
import type { App } from '../../app/ports.ts'
import { leasesOn } from '../../app/network-leases.ts'
import { runningWith } from '../../app/live-network.ts'
import { listNetworks, networkState, type NetworkState } from '../../app/network-state.ts'
import {
  autostartNetwork,
  createNetwork,
  defineNetwork,
  startNetwork,
  stopNetwork,
  undefineNetwork,
} from '../../app/networks.ts'
import { readOnce } from '../../core/host/read-once.ts'
import type { NetworkDraft } from '../../core/network/draft.ts'
import type { NetworkSpec } from '../../core/network/spec.ts'
import { bridgeNameOf } from '../../core/network/ips.ts'
import type { CallName } from '../wire/procedures.ts'
import type { NetworkHandle } from '../wire/types.ts'
import { formatNetworkXml, parseNetworkXml } from '../xml/network.ts'
import { fail, tellProblems } from './failures.ts'
import { select, type FilterGroup } from './filters.ts'
import { findByUuid, findSpec, handleOf, networkOf, stateOfNetwork } from './find-network.ts'
import type { Context, Handlers } from './handler.ts'
import { knownMistake, withKnownMistakes } from './mistakes.ts'

const INACTIVE_XML = 1

/** virConnectListAllNetworksFlags. */
const KINDS: readonly FilterGroup<NetworkState>[] = [
  { 1: ({ isActive }) => !isActive, 2: ({ isActive }) => isActive },
  { 4: ({ isPersistent }) => isPersistent, 8: ({ isPersistent }) => !isPersistent },
  { 16: ({ autostart }) => autostart, 32: ({ autostart }) => !autostart },
]

export const NETWORK_HANDLERS = {
  CONNECT_LIST_ALL_NETWORKS: async ({ app }, { need_results, flags }) => {
    const found = select(await listNetworks(app), flags, KINDS).map(({ spec }) => handleOf(spec))
    return { nets: need_results === 0 ? [] : found, ret: found.length }
  },
  CONNECT_NUM_OF_NETWORKS: async ({ app }) => ({ num: (await namesOf(app, true)).length }),
  CONNECT_LIST_NETWORKS: async ({ app }, { maxnames }) => ({
    names: (await namesOf(app, true)).slice(0, maxnames),
  }),
  CONNECT_NUM_OF_DEFINED_NETWORKS: async ({ app }) => ({ num: (await namesOf(app, false)).length }),
  CONNECT_LIST_DEFINED_NETWORKS: async ({ app }, { maxnames }) => ({
    names: (await namesOf(app, false)).slice(0, maxnames),
  }),

  NETWORK_LOOKUP_BY_NAME: async ({ app }, { name }) => {
    const spec = await findSpec(app, (each) => each.name === name)
    if (spec === undefined) throw fail('noNetwork', 'network', `no network with matching name '${name}'`)
    return { net: handleOf(spec) }
  },
  NETWORK_LOOKUP_BY_UUID: async ({ app }, { uuid }) => {
    const spec = await findByUuid(app, uuid)
    if (spec === undefined) throw fail('noNetwork', 'network', `no network with matching uuid '${uuid}'`)
    return { net: handleOf(spec) }
  },
  NETWORK_IS_ACTIVE: async ({ app }, { net }) => ({
    active: Number((await stateOfNetwork(app, net)).isActive),
  }),
  NETWORK_IS_PERSISTENT: async ({ app }, { net }) => ({
    persistent: Number((await stateOfNetwork(app, net)).isPersistent),
  }),
  NETWORK_GET_AUTOSTART: async ({ app }, { net }) => ({
    autostart: Number((await stateOfNetwork(app, net)).autostart),
  }),
  NETWORK_GET_XML_DESC: async ({ app }, { net, flags }) => {
    const name = await networkOf(app, net)
    const live = (flags & INACTIVE_XML) === 0 ? await runningWith(app, name) : undefined
    if (live !== undefined) return { xml: formatNetworkXml(withNatPorts(live)) }
    const { spec } = app.networks.find(name) ?? (await stateOfNetwork(app, net))
    return { xml: formatNetworkXml(spec) }
  },
  NETWORK_GET_BRIDGE_NAME: async ({ app }, { net }) => {
    const { spec } = await stateOfNetwork(app, net)
    const name = bridgeNameOf(spec)
    if (name === undefined)
      throw fail('internal', 'network', `network '${spec.name}' does not have a bridge name.`)
    return { name }
  },
  NETWORK_GET_DHCP_LEASES: async ({ app }, { net, mac, need_results }) => {
    const name = await networkOf(app, net)
    const leases = (await leasesOf(app, name)).filter((lease) => mac === null || lease.mac === mac)
    return { leases: need_results === 0 ? [] : leases, ret: leases.length }
  },

  NETWORK_DEFINE_XML: (context, { xml }) => defineByXml(context, xml),
  NETWORK_DEFINE_XML_FLAGS: (context, { xml }) => defineByXml(context, xml),
  NETWORK_CREATE_XML: (context, { xml }) => createByXml(context, xml),
  NETWORK_CREATE_XML_FLAGS: (context, { xml }) => createByXml(context, xml),
  NETWORK_CREATE: async ({ app, change }, { net }) => {
    const { spec, isActive } = await stateOfNetwork(app, net)
    if (isActive) throw fail('invalid', 'network', 'network is already active')
    await startNetwork(app, spec.name, change)
    return {}
  },
  // As libvirt's: guests lose their link.
  NETWORK_DESTROY: async ({ app, change }, { net }) => {
    const { spec, isActive } = await stateOfNetwork(app, net)
    if (!isActive) throw fail('invalid', 'network', `network '${spec.name}' is not active`)
    await stopNetwork(app, spec.name, { ...change, force: true })
    return {}
  },
  NETWORK_UNDEFINE: async ({ app, change }, { net }) => {
    const { spec, isPersistent } = await stateOfNetwork(app, net)
    if (!isPersistent) throw fail('invalid', 'network', "can't undefine transient network")
    await undefineNetwork(app, spec.name, change)
    return {}
  },
  NETWORK_SET_AUTOSTART: async ({ app, change }, { net, autostart }) => {
    const { spec, isPersistent } = await stateOfNetwork(app, net)
    if (!isPersistent) throw fail('invalid', 'network', 'cannot set autostart for transient network')
    await autostartNetwork(app, spec.name, autostart !== 0, change)
    return {}
  },
} as const satisfies Partial<Handlers<NetworkName>>

type NetworkName = Exclude<
  Extract<CallName, `NETWORK_${string}` | `CONNECT_${string}_NETWORKS`>,
  'NETWORK_UPDATE' | 'NETWORK_LIST_ALL_PORTS'
>

async function isActive(app: App, name: string): Promise<boolean> {
  return (await networkState(app, name))?.isActive === true
}

async function namesOf(app: App, active: boolean): Promise<string[]> {
  const all = await listNetworks(app)
  return all.filter(({ isActive }) => isActive === active).map(({ spec }) => spec.name)
}

async function handleNow(app: App, name: string): Promise<{ name: string; uuid: string }> {
  const spec = await findSpec(app, (each) => each.name === name)
  if (spec === undefined) throw fail('internal', 'network', `network '${name}' has gone again`)
  return handleOf(spec)
}

async function readDraft(xml: string): Promise<NetworkDraft> {
  const read = await parseNetworkXml(xml)
  if ('draft' in read) return read.draft
  const known = knownMistake('network', xml, read.problems)
  throw known ?? fail('xml', 'xml', tellProblems(read.problems, 'network_definition'))
}

/** libvirt says of a network that runs which ports it translates to. */
const withNatPorts = readOnce((live: NetworkSpec): NetworkSpec => {
  if (live.mode !== 'nat' || live.nat?.ports !== undefined) return live
  return { ...live, nat: { ...live.nat, ports: { start: 1024, end: 65_535 } } }
})

interface LeaseReply {
  readonly iface: string
  readonly expirytime: bigint
  readonly type: number
  readonly mac: string | null
  readonly iaid: string | null
  readonly ipaddr: string
  readonly prefix: number
  readonly hostname: string | null
  readonly clientid: string | null
}

async function leasesOf(app: App, name: string): Promise<LeaseReply[]> {
  const spec = await runningWith(app, name)
  const bridge = spec === undefined ? undefined : bridgeNameOf(spec)
  if (spec === undefined || bridge === undefined) return []
  return (await leasesOn(app, spec)).map(({ mac, ip, hostName, clientId, expires }) => ({
    iface: bridge,
    expirytime: BigInt(expires),
    type: ip.includes(':') ? 1 : 0,
    mac: mac ?? null,
    iaid: null,
    ipaddr: ip,
    prefix: prefixOf(spec, ip),
    hostname: hostName ?? null,
    clientid: clientId ?? null,
  }))
}

function prefixOf({ ips }: NetworkSpec, ip: string): number {
  const family = ip.includes(':') ? 'ipv6' : 'ipv4'
  return ips.find((each) => each.family === family)?.cidr.prefix ?? (family === 'ipv6' ? 128 : 32)
}

async function defineByXml({ app, change }: Context, xml: string): Promise<{ net: NetworkHandle }> {
  const draft = await readDraft(xml)
  await withKnownMistakes('network', xml, () => defineNetwork(app, draft, change))
  return { net: await handleNow(app, draft.name) }
}

async function createByXml({ app, change }: Context, xml: string): Promise<{ net: NetworkHandle }> {
  const draft = await readDraft(xml)
  if (await isActive(app, draft.name))
    throw fail('invalid', 'network', `network is already active as '${draft.name}'`)
  await withKnownMistakes('network', xml, () => createNetwork(app, draft, change))
  return { net: await handleNow(app, draft.name) }
}
