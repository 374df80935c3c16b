/** A lease for a bridge whose NIC has none: the DHCP client that ifupdown would start, started as it would; or why it cannot be. */
import type { Handing, KeptBridge, SeenClient, SeenIfupdown, SeenKeeper } from './seen-keeper.ts'

/** Undefined where nobody wants a lease, or a client that is there already goes along with its own. */
export function newClient(seen: SeenIfupdown, kept: KeptBridge, run: string): SeenClient | undefined {
  const [{ starts }, { bridge }] = [seen, kept]
  if (!isNew(seen, kept)) return undefined
  if (starts === 'dhclient') return dhclientOf(bridge, run)
  return starts === 'dhcpcd' ? dhcpcdOf(bridge, run) : undefined
}

const isNew = (
  { clients = [] }: Pick<SeenIfupdown, 'clients'>,
  { nic, address }: Pick<KeptBridge, 'nic' | 'address'>,
): boolean =>
  address?.ipv4 === 'dhcp' && !clients.some(({ link, families }) => link === nic && families.includes(4))

/** `/`, or where a sandbox or a test takes it to be. */
const rootOf = (run: string): string => run.slice(0, run.lastIndexOf('/'))

function dhclientOf(link: string, run: string): SeenClient {
  const [pidFile, leases] = [`dhclient.${link}.pid`, `/var/lib/dhcp/dhclient.${link}.leases`]
  const other = `/var/lib/dhcp/dhclient6.${link}.leases`
  const argv = ['-4', '-v', '-i', '-pf', `/run/${pidFile}`, '-lf', leases, '-I', '-df', other, link]
  const files = { pidFile: `${run}/${pidFile}`, leases: `${rootOf(run)}${leases}` }
  return { program: 'dhclient', link, families: [4], argv, ...files }
}

const dhcpcdOf = (link: string, run: string): SeenClient => ({
  program: 'dhcpcd',
  link,
  families: [4],
  argv: [link],
  pidFile: `${run}/dhcpcd/${link}.pid`,
  leases: `${rootOf(run)}/var/lib/dhcpcd/${link}.lease`,
})

export function whyNoNewLease(
  seen: SeenIfupdown,
  kept: KeptBridge,
  { resolver, dhcpcd }: SeenKeeper,
): Handing['refused'] {
  if (!isNew(seen, kept)) return undefined
  const [{ starts }, { nic, bridge, hasIpv6 }] = [seen, kept]
  if (starts !== 'dhclient' && starts !== 'dhcpcd')
    return {
      message:
        starts === undefined
          ? 'ifupdown finds no DHCP client on this host'
          : `ifupdown would start ${starts} for '${bridge}', which weft does not know`,
      hint: 'apt install isc-dhcp-client, or dhcpcd-base',
    }
  if (starts === 'dhcpcd' && hasIpv6 && !/^\s*(noipv6|ipv4only)\b/m.test(dhcpcd?.settings ?? ''))
    return {
      message: `dhcpcd, which ifupdown would start for '${bridge}', looks after IPv6 at once, and that of '${nic}' is to stay as it is`,
      hint: 'echo noipv6 >>/etc/dhcpcd.conf',
    }
  if (resolver === undefined || (!resolver.isLink && !resolver.hasResolvconf)) return undefined
  return {
    message: `another program writes /etc/resolv.conf of this host, and would keep what a DHCP server tells '${bridge}' when the bridge has gone`,
    hint: `give it an address with --address 192.0.2.10/24 --gateway 192.0.2.1, or let systemd-networkd or NetworkManager look after '${nic}'`,
  }
}
