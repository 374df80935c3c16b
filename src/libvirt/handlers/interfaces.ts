/** The host's interfaces, beside what host.ts answers: the old calls, and each as XML. libvirt's own driver changes none of them either. */
import type { App } from '../../app/ports.ts'
import type { SeenLink } from '../../core/host/link.ts'
import type { CallName } from '../wire/procedures.ts'
import { writeElement } from '../xml/element-shape.ts'
import { INTERFACE_ELEMENT } from '../xml/host-elements.ts'
import { fail } from './failures.ts'
import type { Handlers } from './handler.ts'
import { hostInterfaces } from './host.ts'

export const INTERFACE_HANDLERS = {
  CONNECT_NUM_OF_INTERFACES: async ({ app }) => ({ num: (await namesOf(app, true)).length }),
  CONNECT_LIST_INTERFACES: async ({ app }, { maxnames }) => ({
    names: (await namesOf(app, true)).slice(0, maxnames),
  }),
  CONNECT_NUM_OF_DEFINED_INTERFACES: async ({ app }) => ({ num: (await namesOf(app, false)).length }),
  CONNECT_LIST_DEFINED_INTERFACES: async ({ app }, { maxnames }) => ({
    names: (await namesOf(app, false)).slice(0, maxnames),
  }),
  INTERFACE_LOOKUP_BY_MAC_STRING: async ({ app }, { mac }) => {
    const found = (await hostInterfaces(app)).filter((link) => link.mac === mac.toLowerCase())
    const [first] = found
    if (first === undefined)
      throw fail('noInterface', 'interface', `couldn't find interface with MAC address '${mac}'`)
    if (found.length > 1)
      throw fail('severalInterfaces', 'interface', `the MAC address '${mac}' matches several interfaces`)
    return { iface: { name: first.name, mac: first.mac ?? '' } }
  },
  INTERFACE_GET_XML_DESC: async ({ app }, { iface }) => {
    const links = await app.host.links()
    const link = links.find(({ name }) => name === iface.name)
    if (link === undefined)
      throw fail('noInterface', 'interface', `couldn't find interface named '${iface.name}'`)
    return { xml: interfaceXml(link, links) }
  },
} as const satisfies Partial<
  Handlers<Extract<CallName, `INTERFACE_${string}` | `CONNECT_${string}INTERFACES`>>
>

async function namesOf(app: App, isActive: boolean): Promise<string[]> {
  const all = await hostInterfaces(app)
  return all.filter(({ isUp }) => isUp === isActive).map(({ name }) => name)
}

function interfaceXml(link: SeenLink, links: readonly SeenLink[]): string {
  const { name, mtu, bridge } = link
  const about = { name, mtu: { size: String(mtu) } }
  if (bridge === undefined)
    return writeElement('interface', INTERFACE_ELEMENT, { ...about, type: 'ethernet', ...cableOf(link) })
  const members = links.filter(({ master }) => master === name)
  return writeElement('interface', INTERFACE_ELEMENT, {
    ...about,
    type: 'bridge',
    bridge: {
      stp: bridge.stp ? 'on' : 'off',
      delay: String(bridge.forwardDelaySeconds),
      interface: members.map((member) => ({ type: 'ethernet', name: member.name, ...cableOf(member) })),
    },
  })
}

function cableOf({ name, isUp, hasCarrier, mac }: SeenLink) {
  const state = name === 'lo' && isUp ? 'unknown' : isUp && hasCarrier ? 'up' : 'down'
  return { link: { state }, ...(mac === undefined ? {} : { mac: { address: mac } }) }
}
