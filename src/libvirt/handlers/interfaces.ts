/** The host's interfaces, beside what host.ts answers: the old calls, and each as XML. libvirt's own driver changes none of them either. */
import type { App } from '../../app/ports.ts'
import type { SeenLink } from '../../core/host/link.ts'
import type { CallName } from '../wire/procedures.ts'
import { escapeXml } from '../xml/element-shape.ts'
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
  const { bridge } = link
  if (bridge === undefined)
    return `<interface type='ethernet' name='${escapeXml(link.name)}'>\n  <mtu size='${String(link.mtu)}'/>\n${cableXml(link, '  ')}</interface>\n`
  const members = links.filter(({ master }) => master === link.name)
  const inside = members
    .map(
      (member) =>
        `    <interface type='ethernet' name='${escapeXml(member.name)}'>\n${cableXml(member, '      ')}    </interface>\n`,
    )
    .join('')
  return `<interface type='bridge' name='${escapeXml(link.name)}'>
  <mtu size='${String(link.mtu)}'/>
  <bridge stp='${bridge.stp ? 'on' : 'off'}' delay='${String(bridge.forwardDelaySeconds)}'>
${inside}  </bridge>
</interface>
`
}

function cableXml({ name, isUp, hasCarrier, mac }: SeenLink, indent: string): string {
  const state = name === 'lo' && isUp ? 'unknown' : isUp && hasCarrier ? 'up' : 'down'
  return `${indent}<link state='${state}'/>\n${mac === undefined ? '' : `${indent}<mac address='${mac}'/>\n`}`
}
