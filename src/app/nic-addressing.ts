/** How each NIC of a machine gets its addresses, by its network: what cloud-init is told. */
import { ipv4Of, ipv6Of, isSwitched } from '../core/network/ips.ts'
import type { SeenHost } from '../core/network/seen.ts'
import type { NicAddressing } from '../core/vm/cloud-init.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { networkOf } from './keep-addresses.ts'
import type { App } from './ports.ts'

/** On weft's networks the address that a machine keeps comes by DHCP; on somebody else's, their DHCP server decides. */
export function nicAddressing(app: App, { nics }: VmSpec, seen: SeenHost): NicAddressing[] {
  return nics.map(({ mac, network: name }) => {
    const network = networkOf(app, seen, name)
    if (network === undefined || !isSwitched(network)) return { mac, dhcp4: true, dhcp6: false }
    const [own4, own6] = [ipv4Of(network), ipv6Of(network)]
    return { mac, dhcp4: own4?.dhcp !== undefined, dhcp6: own6?.dhcp !== undefined }
  })
}
