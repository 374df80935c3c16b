/** One entry of a section as an XML element by itself, as virNetworkUpdate is given it: `<host mac='...' ip='...'/>`. */
import type { SectionName } from '../../core/network/update/sections.ts'
import type { ElementData, ElementShape } from './element-shape.ts'
import { NETWORK_ELEMENT } from './network-element.ts'

const { ip, dns, forward, ...parts } = NETWORK_ELEMENT.children
const { range, host } = ip.children.dhcp.children

export const ENTRY_ELEMENTS = {
  'ip-dhcp-host': { name: 'host', shape: host },
  'ip-dhcp-range': { name: 'range', shape: range },
  'dns-host': { name: 'host', shape: dns.children.host },
  'dns-txt': { name: 'txt', shape: dns.children.txt },
  'dns-srv': { name: 'srv', shape: dns.children.srv },
  'dns-forwarder': { name: 'forwarder', shape: dns.children.forwarder },
  dns: { name: 'dns', shape: { attributes: dns.attributes } },
  domain: { name: 'domain', shape: parts.domain },
  ip: { name: 'ip', shape: ip },
  route: { name: 'route', shape: parts.route },
  forward: { name: 'forward', shape: forward },
  'forward-interface': { name: 'interface', shape: forward.children.interface },
  mtu: { name: 'mtu', shape: parts.mtu },
  bandwidth: { name: 'bandwidth', shape: parts.bandwidth },
  port: { name: 'port', shape: parts.port },
  bridge: { name: 'bridge', shape: parts.bridge },
  portgroup: { name: 'portgroup', shape: parts.portgroup },
  'dnsmasq-option': {
    name: 'dnsmasq:option',
    shape: parts['dnsmasq:options'].children['dnsmasq:option'],
  },
} as const satisfies Record<SectionName, { readonly name: string; readonly shape: ElementShape }>

/** The strings of an entry. */
export type EntryData<S extends SectionName> = ElementData<(typeof ENTRY_ELEMENTS)[S]['shape']>
