/** Networks and bridges over HTTP; ports are in ports.ts. */
import type { BridgeView, LeaseView, NetworkSummaryView } from '../../api/views.ts'
import { listBridges } from '../../app/bridges.ts'
import type { BridgeState } from '../../app/bridges.ts'
import { networkAddresses, type HeldAddress } from '../../app/network-leases.ts'
import { listNetworks, showNetwork } from '../../app/network-state.ts'
import type { NetworkState } from '../../app/network-state.ts'
import {
  autostartNetwork,
  createNetwork,
  defineNetwork,
  startNetwork,
  stopNetwork,
  undefineNetwork,
} from '../../app/networks.ts'
import { updateNetwork } from '../../app/update-network.ts'
import { repairAllNetworks, repairNetwork } from '../../app/repair-network.ts'
import { renderAction } from '../../core/plan/render.ts'
import { bridgeNameOf, ipv4Of, ipv6Of } from '../../core/network/ips.ts'
import type { DefineNetworkRequest } from '../../api/requests.ts'
import type { NetworkDraft } from '../../core/network/draft.ts'
import type { NetworkSpec } from '../../core/network/spec.ts'
import type { JsonRoute } from '../../api/contract.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'
import { portView } from './ports.ts'

type NetworkRoute = Extract<JsonRoute, `${string}Network${string}` | 'listBridges' | `network${string}`>

export const networkHandlers = {
  listNetworks: async ({ app }) => (await listNetworks(app)).map(summaryView),
  showNetwork: async ({ app, params }) => {
    const network = await showNetwork(app, params.name)
    const ports = network.ports.map((port) => portView(network.spec.name, port))
    const drift = network.drift.map((step) => ({ reason: step.reason, command: renderAction(step.do) }))
    return { ...summaryView(network), ports, drift }
  },
  networkDefinition: async ({ app, params, query }) => {
    const { spec } = await showNetwork(app, params.name)
    const format = query.format ?? 'xml'
    // The formats' libraries are loaded only when somebody needs one.
    const { formatNetwork } = await import('../../definition/network.ts')
    return { format, text: await formatNetwork(spec, format) }
  },
  networkLeases: async ({ app, params }) => (await networkAddresses(app, params.name)).map(leaseView),
  defineNetwork: async ({ app, body, query, request }) =>
    changeView(defineNetwork(app, await readDraft(body), { ...request, live: query.live ?? false })),
  updateNetwork: async ({ app, params, body, request }) => {
    const { readNetworkUpdate } = await import('../../definition/network-entry.ts')
    const { live = false, config = false } = body
    const update = await readNetworkUpdate(body)
    return changeView(updateNetwork(app, params.name, update, { ...request, live, config }))
  },
  createNetwork: async ({ app, body, request }) =>
    changeView(createNetwork(app, await readDraft(body), request)),
  undefineNetwork: ({ app, params, request }) => changeView(undefineNetwork(app, params.name, request)),
  startNetwork: ({ app, params, request }) => changeView(startNetwork(app, params.name, request)),
  stopNetwork: ({ app, params, query, request }) =>
    changeView(stopNetwork(app, params.name, { ...request, force: query.force ?? false })),
  repairAllNetworks: ({ app, request }) => changeView(repairAllNetworks(app, request)),
  repairNetwork: ({ app, params, request }) => changeView(repairNetwork(app, params.name, request)),
  autostartNetwork: ({ app, params, body, request }) =>
    changeView(autostartNetwork(app, params.name, body.autostart, request)),
  listBridges: async ({ app }) => (await listBridges(app)).map(bridgeView),
} as const satisfies Handlers<NetworkRoute>

async function readDraft({ text, format, source }: DefineNetworkRequest): Promise<NetworkDraft> {
  const { readNetworkDefinition } = await import('../../definition/network.ts')
  return readNetworkDefinition(text, { format, source })
}

function summaryView({
  spec,
  isActive,
  isPersistent,
  autostart,
  conditions,
}: NetworkState): NetworkSummaryView {
  return {
    name: spec.name,
    uuid: spec.uuid,
    state: isActive ? 'active' : 'inactive',
    autostart,
    persistent: isPersistent,
    mode: spec.mode,
    bridge: bridgeNameOf(spec) ?? null,
    address: addressOf(spec),
    conditions,
  }
}

/** The one guests are told of; IPv4 where there is one. */
function addressOf(spec: NetworkSpec): string | null {
  const cidr = (ipv4Of(spec) ?? ipv6Of(spec))?.cidr
  return cidr === undefined ? null : `${cidr.address}/${String(cidr.prefix)}`
}

function leaseView({ mac, ip, hostName, clientId, isLeased, expires, keptFor }: HeldAddress): LeaseView {
  return {
    mac: mac ?? null,
    ip,
    name: hostName ?? null,
    clientId: clientId ?? null,
    leased: isLeased,
    expires: expires === 0 ? null : new Date(expires * 1000).toISOString(),
    keptFor: keptFor ?? null,
  }
}

function bridgeView({ link, owner, ports }: BridgeState): BridgeView {
  return {
    name: link.name,
    id: link.bridge?.id ?? '',
    stp: link.bridge?.stp ?? false,
    owner,
    interfaces: ports.map((port) => ({
      name: port.link.name,
      owner: port.owner,
      state: port.link.portState ?? null,
    })),
  }
}
