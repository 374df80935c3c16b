/**
 * A bridge over a NIC in the words of systemd-networkd: three new files that come before the one it has chosen for the NIC. That one stays as
 * it is: it may be about other NICs too.
 */
import { keepsIdentity } from './dhcp-identity.ts'
import { describeAddress } from './kept-address.ts'
import { readdressSections } from './networkd-address.ts'
import {
  UNTOLD,
  type FileChange,
  type Handing,
  type KeptBridge,
  type SeenKeeper,
  type SeenNetworkd,
} from './seen-keeper.ts'
import { formatUnit, unitSections, type UnitSection } from './unit-file.ts'

export function handNetworkd({ etc }: SeenKeeper, seen: SeenNetworkd, bridge: KeptBridge): Handing {
  const none = { ...UNTOLD, keeper: 'systemd-networkd' }
  const [chosen] = seen.files
  if (chosen === undefined)
    return {
      ...none,
      refused: {
        message: `systemd-networkd looks after '${bridge.nic}', and does not tell by which file`,
        hint: `networkctl status ${bridge.nic}`,
      },
    }
  const prefix = ['10', '00'].find((each) => `${each}-weft-${bridge.bridge}.network` < baseName(chosen.path))
  if (prefix === undefined)
    return {
      ...none,
      refused: {
        message: `no file of weft would come before '${chosen.path}', which systemd-networkd goes by`,
        hint: 'give it a name with a higher number',
      },
    }
  const sections = seen.files.flatMap(({ content }) => unitSections(content))
  const add = (file: string, after: string, reason: string): FileChange => ({
    path: `${etc}/systemd/network/${prefix}-weft-${bridge.bridge}${file}`,
    before: undefined,
    after: `# ${bridge.bridge} is a bridge over ${bridge.nic}. Made by weft, which takes it away again: weft host bridge remove ${bridge.bridge}\n${after}`,
    mode: 0o644,
    reason,
  })
  const { bridge: name, nic } = bridge
  return {
    ...none,
    changes: [
      add(
        '.netdev',
        netdev(bridge),
        `systemd-networkd makes ${name} at the next boot, with the MAC of ${nic}`,
      ),
      add('-port.network', portNetwork(sections, bridge), `it plugs ${nic} into ${name}`),
      add(
        '.network',
        bridgeNetwork(sections, bridge, seen.clientId),
        bridge.address === undefined
          ? `it gives ${name} what ${chosen.path} gives ${nic}`
          : `it gives ${name} ${describeAddress(bridge.address)}; for the rest, what ${chosen.path} gives ${nic}`,
      ),
    ],
    tell: TELL_NETWORKD,
    renews: [4, 6],
  }
}

const TELL_NETWORKD = ['timeout', '20', 'networkctl', 'reload'] as const

/** On its way back, and where that has no good end. */
export const backNetworkd = (
  { run }: SeenKeeper,
  { nic }: Pick<KeptBridge, 'nic'>,
): Pick<Handing, 'tell' | 'rests'> => ({
  tell: TELL_NETWORKD,
  rests: ['sh', '-c', RESTS, 'rests', `${run}/systemd/netif/links`, nic],
})

/**
 * It does what it is told after it has answered, link by link, and on a host with much to do it hears late of what others do meanwhile: told
 * the contrary before that, it lets go of a bridge that has just come again, or leaves an address on the NIC. It keeps a file about each
 * link, by its number. At rest it is when for a whole second the NIC has been configured, and no file about a link that is gone.
 */
const RESTS = `gone() { for file in "$1"/*; do grep -qx "\${file##*/}" /sys/class/net/*/ifindex || return 0; done; return 1; }
still=0
for tenth in $(seq 60); do
  file=$1/$(cat "/sys/class/net/$2/ifindex")
  if grep -qx ADMIN_STATE=configured "$file" && ! gone "$1"; then still=$((still + 1)); else still=0; fi
  [ "$still" -lt 10 ] || exit 0
  sleep 0.1
done
`

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

function netdev({ bridge, mac, mtu }: KeptBridge): string {
  return formatUnit([
    [
      'NetDev',
      [
        `Name=${bridge}`,
        'Kind=bridge',
        `MACAddress=${mac}`,
        ...(mtu === 1500 ? [] : [`MTUBytes=${String(mtu)}`]),
      ],
    ],
    ['Bridge', ['STP=no', 'ForwardDelaySec=0']],
  ])
}

/** Of `[Link]` and `[Network]`, what is about the cable, or sits on it. */
const OF_CABLE = new Set(
  'MTUBytes MACAddress AllMulticast Promiscuous Group ActivationPolicy VLAN LLDP EmitLLDP IgnoreCarrierLoss'.split(
    ' ',
  ),
)
/** Whole sections that are about addresses, and names of such. */
const OF_HOST = new Set(
  (
    'Address Neighbor IPv6AddressLabel RoutingPolicyRule NextHop Route DHCPv4 DHCPv6 DHCPPrefixDelegation DHCP ' +
    'IPv6AcceptRA DHCPServer DHCPServerStaticLease IPv6SendRA IPv6Prefix IPv6RoutePrefix'
  ).split(' '),
)

function portNetwork(sections: readonly UnitSection[], { nic, bridge }: KeptBridge): string {
  const network = [
    'Bridge=' + bridge,
    'LinkLocalAddressing=no',
    'IPv6AcceptRA=no',
    ...pick(sections, 'Network', true),
  ]
  const link = pick(sections, 'Link', true)
  return formatUnit([
    ['Match', [`Name=${nic}`]],
    ...(link.length === 0 ? [] : [['Link', link] as const]),
    ['Network', network],
    ...sections
      .filter(({ name }) => !OF_HOST.has(name) && !['Match', 'Link', 'Network'].includes(name))
      .map(({ name, lines }) => [name, lines] as const),
  ])
}

function bridgeNetwork(
  all: readonly UnitSection[],
  { nic, bridge, address }: KeptBridge,
  clientId: string | undefined,
): string {
  const sections = address === undefined ? all : readdressSections(all, address)
  const link = pick(sections, 'Link', false)
  const renamed = (line: string): string =>
    line.endsWith(`=${nic}`) ? line.slice(0, -nic.length) + bridge : line
  return formatUnit([
    ['Match', [`Name=${bridge}`]],
    ...(link.length === 0 ? [] : [['Link', link] as const]),
    ['Network', pick(sections, 'Network', false)],
    ...sections
      .filter(({ name }) => OF_HOST.has(name))
      .map(({ name, lines }) => [name, lines.map(renamed)] as const),
    ...keepsIdentity(sections, clientId),
  ])
}

/** Lines of all sections of that name, for the cable or for the host. */
function pick(sections: readonly UnitSection[], wanted: string, isOfCable: boolean): string[] {
  return sections
    .filter(({ name }) => name === wanted)
    .flatMap(({ lines }) =>
      lines.filter((line) => OF_CABLE.has(line.split('=')[0]?.trim() ?? '') === isOfCable),
    )
}
