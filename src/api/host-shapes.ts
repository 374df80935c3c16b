/** Shapes of what is said of the host itself: each is held to its interface in `host-views.ts` by the compiler. */
import type { HostLinkView } from './host-views.ts'
import { array, boolean, integer, nullable, object, string } from './shape.ts'

export const HOST = {
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
}
