/** Shapes of what is said of the host itself: each is held to its interface in `host-views.ts` by the compiler. */
import { NODE_KINDS, type MapEdge, type MapNode, type NetMap } from '../core/map/map.ts'
import type { HostDeviceView, HostLinkView } from './host-views.ts'
import { array, boolean, integer, nullable, object, oneOf, string } from './shape.ts'

const mapNode = object<MapNode>(
  {
    id: string({ description: 'link:eth0, machine:web, ...: the same from picture to picture' }),
    kind: oneOf(...NODE_KINDS),
    title: string(),
    type: string({ description: 'nic, bridge, tap, machine, ...' }),
    isUp: boolean(),
    facts: array(string({ description: 'a few words: an address, its network' })),
    trouble: array(string({ description: 'what is not as it should be' })),
  },
  'MapNode',
)
const mapEdge = object<MapEdge>(
  {
    from: string({ description: 'id of the node nearer to the outside' }),
    to: string({ description: 'id of the node nearer to the guests' }),
    by: nullable(string({ description: 'how packets get on where it is more than a cable: NAT, routed' })),
  },
  'MapEdge',
)

const HOST = {
  map: object<NetMap>({ nodes: array(mapNode), edges: array(mapEdge) }, 'NetMap'),
  link: object<HostLinkView>(
    {
      name: string(),
      kind: string({ description: 'nic, wifi, bridge, tap, veth, vlan, vxlan, macvtap, ...' }),
      owner: string({ description: 'who made it, as far as that can be told' }),
      text: string({ description: 'what it is and what it is for' }),
      isUp: boolean(),
      hasCarrier: boolean(),
      isWayOut: boolean('default routes leave by it'),
      mac: nullable(string()),
      mtu: integer(),
      master: nullable(string({ description: 'the bridge or bond it is a part of' })),
      addresses: array(string({ description: 'with its prefix' })),
    },
    'HostLink',
  ),
  device: object<HostDeviceView>(
    {
      bus: oneOf('pci', 'usb'),
      address: string({ description: '0000:01:00.0; of USB the port, 1-2.3' }),
      kind: nullable(string({ description: 'Ethernet controller, Mass Storage, ...' })),
      name: nullable(string({ description: 'maker and model' })),
      vendor: string({ description: 'four hexadecimal digits' }),
      product: string({ description: 'four hexadecimal digits' }),
      drivers: array(string()),
      iommuGroup: nullable(integer()),
      text: string({ description: 'what it is and what this host does with it' }),
      links: array(string({ description: 'an interface that this host has through it' })),
      disks: array(string({ description: 'a block device that this host has through it' })),
      isFree: boolean('a machine can have it'),
      because: nullable(string({ description: 'why no machine can have it' })),
      hint: nullable(string({ description: 'what to do about that' })),
      goesWith: array(string({ description: 'address of one that only the same machine can have' })),
    },
    'HostDevice',
  ),
}

const look = <Reply>(summary: string, reply: Reply) =>
  ({ summary, params: {}, query: {}, body: undefined, reply, changes: false }) as const

export const HOST_LOOKS = {
  map: look('The network of this host as a picture: what is there, and what hangs on what', HOST.map),
  listHostLinks: look('Every interface of the host, explained', array(HOST.link)),
  listHostDevices: look('Every PCI and USB device of the host, explained', array(HOST.device)),
} as const
