/** What is plugged into networks, over HTTP. */
import type { JsonRoute } from '../../api/contract.ts'
import type { PortDetailView, PortView } from '../../api/views.ts'
import { addPort, removePort } from '../../app/network-ports.ts'
import type { PortState } from '../../app/network-state.ts'
import { listAllPorts, listPorts, showPort } from '../../app/port-traffic.ts'
import type { PortDetail } from '../../app/port-traffic.ts'
import { setPort } from '../../app/set-port.ts'
import type { Impairment } from '../../core/network/bridge/impairment.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'

type PortRoute = Extract<JsonRoute, `${string}Port${string}`>

export const portHandlers = {
  listPorts: async ({ app, params }) => (await listPorts(app, params.name)).map(detailView),
  listAllPorts: async ({ app }) => (await listAllPorts(app)).map(detailView),
  showPort: async ({ app, params }) => detailView(await showPort(app, params.name, params.port)),
  addPort: ({ app, params, body, request }) => changeView(addPort(app, params.name, body, request)),
  removePort: ({ app, params, request }) => changeView(removePort(app, params.name, params.port, request)),
  setPort: ({ app, params, body, request }) =>
    changeView(setPort(app, params.name, params.port, body, request)),
} as const satisfies Handlers<PortRoute>

export function portView(network: string, { link, owner, port, ip, hostName }: PortState): PortView {
  return {
    interface: link.name,
    network,
    mac: port?.mac ?? null,
    owner,
    ip: ip ?? null,
    name: hostName ?? null,
    state: link.portState ?? null,
    link: link.isUp ? 'up' : 'down',
  }
}

function detailView(port: PortDetail): PortDetailView {
  const { traffic, at, impairments } = port
  return {
    ...portView(port.network, port),
    traffic: traffic === undefined ? null : { at: at.toISOString(), ...traffic },
    impairment: impairmentView(impairments['to-guest']),
    impairmentFromGuest: impairmentView(impairments['from-guest']),
  }
}

function impairmentView({ delayMs, lossPercent, rateBits }: Impairment): PortDetailView['impairment'] {
  return { delayMs, lossPercent, rateBits }
}
