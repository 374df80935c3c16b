/** Ports of networks: whatever of a machine's is plugged in, with a UUID made of network and MAC. */
import { liveNetwork, lookAtNetworks } from '../../app/live-network.ts'
import type { App } from '../../app/ports.ts'
import type { MacAddress } from '../../core/address/mac.ts'
import { readMark } from '../../core/host/mark.ts'
import { bridgeNameOf } from '../../core/network/ips.ts'
import { portUuid } from '../../core/network/port-uuid.ts'
import { portsOf } from '../../core/network/port.ts'
import type { CallName } from '../wire/procedures.ts'
import type { NetworkHandle } from '../wire/types.ts'
import { escapeXml } from '../xml/element-shape.ts'
import { fail } from './failures.ts'
import { networkOf } from './find-network.ts'
import type { Handlers } from './handler.ts'

interface Port {
  readonly uuid: string
  readonly mac: MacAddress
  readonly machine: string
  readonly bridge: string | undefined
}

export const NETWORK_PORT_HANDLERS = {
  NETWORK_LIST_ALL_PORTS: async ({ app }, { network, need_results }) => {
    const found = (await portsIn(app, network)).map(({ uuid }) => ({ net: network, uuid }))
    return { ports: need_results === 0 ? [] : found, ret: found.length }
  },
  NETWORK_PORT_LOOKUP_BY_UUID: async ({ app }, { network, uuid }) => {
    await portOf(app, network, uuid)
    return { port: { net: network, uuid } }
  },
  NETWORK_PORT_GET_XML_DESC: async ({ app }, { port }) => {
    const { mac, machine, bridge } = await portOf(app, port.net, port.uuid)
    const owner = app.vms.find(machine) ?? app.machines.spec(machine)
    return {
      xml: `<networkport>
  <uuid>${port.uuid}</uuid>
  <owner>
    <name>${escapeXml(machine)}</name>
    <uuid>${owner?.uuid ?? ''}</uuid>
  </owner>
  <mac address='${mac}'/>
  <plug type='network'${bridge === undefined ? '' : ` bridge='${escapeXml(bridge)}'`}/>
</networkport>
`,
    }
  },
} as const satisfies Partial<Handlers<Extract<CallName, `NETWORK_PORT_${string}` | 'NETWORK_LIST_ALL_PORTS'>>>

async function portOf(app: App, net: NetworkHandle, uuid: string): Promise<Port> {
  const port = (await portsIn(app, net)).find((each) => each.uuid === uuid)
  if (port === undefined)
    throw fail('noNetworkPort', 'network', `no network port with matching UUID '${uuid}'`)
  return port
}

/** A namespace that is plugged in belongs to no machine, and has no place in libvirt's words. */
async function portsIn(app: App, net: NetworkHandle): Promise<Port[]> {
  const name = await networkOf(app, net)
  const seen = await lookAtNetworks(app, [name])
  const live = liveNetwork(app, seen, name)
  if (live === undefined) return []
  const bridge = bridgeNameOf(live)
  return portsOf(name, seen, app.facts).flatMap(({ interface: end, mac }): Port[] => {
    const mark = readMark(seen.links.find((link) => link.name === end)?.alias)
    return mark?.kind === 'vm' ? [{ uuid: portUuid(live, mac), mac, machine: mark.machine, bridge }] : []
  })
}
