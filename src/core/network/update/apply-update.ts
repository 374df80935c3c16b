/** A definition with one thing changed: what `weft net update` does to it before anything is planned. */
import type { NetworkSpec } from '../spec.ts'
import { changeDhcpHosts, changeDhcpRanges } from './change-dhcp.ts'
import { changeDnsRecords } from './change-dns.ts'
import { changeForward, changeForwardInterface, changeSwitch } from './change-switch.ts'
import { changeIps, changeOptions, changePortgroups, changeRoutes } from './change-parts.ts'
import type { NetworkUpdate } from './sections.ts'

/**
 * Throws 'already-exists', 'not-found', or 'invalid-argument' where the entry does not say enough. What the definition as a whole may not be,
 * networkProblems says.
 */
export function applyUpdate(spec: NetworkSpec, update: NetworkUpdate): NetworkSpec {
  switch (update.section) {
    case 'ip-dhcp-host':
      return changeDhcpHosts(spec, update)
    case 'ip-dhcp-range':
      return changeDhcpRanges(spec, update)
    case 'dns-host':
    case 'dns-txt':
    case 'dns-srv':
    case 'dns-forwarder':
    case 'dns':
      return changeDnsRecords(spec, update)
    case 'ip':
      return changeIps(spec, update)
    case 'route':
      return changeRoutes(spec, update)
    case 'portgroup':
      return changePortgroups(spec, update)
    case 'dnsmasq-option':
      return changeOptions(spec, update)
    case 'forward':
      return changeForward(spec, update)
    case 'forward-interface':
      return changeForwardInterface(spec, update)
    case 'domain':
    case 'mtu':
    case 'bandwidth':
    case 'port':
    case 'bridge':
      return changeSwitch(spec, update)
  }
}
