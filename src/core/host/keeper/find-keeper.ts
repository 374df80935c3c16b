/** Whose words a bridge over this NIC has to be written in, and how they are taken back. */
import { backClients } from './dhcp-client.ts'
import { whyNotDhcpcd, withOptions } from './dhcpcd.ts'
import { reversed } from './file-steps.ts'
import { handIfupdown, ifupdownState, isIfupdowns } from './ifupdown.ts'
import { backNetworkd, handNetworkd } from './networkd.ts'
import { backNetworkManager, handNetworkManager } from './network-manager.ts'
import type { WantedAddress } from '../uplink/wanted-address.ts'
import type { Addressing } from '../uplink/readdress.ts'
import { resolverBack, resolverChanges } from './resolver.ts'
import {
  UNTOLD,
  type Handing,
  type KeptBridge,
  type SeenClient,
  type SeenKeeper,
  type SeenResolver,
} from './seen-keeper.ts'

/** A daemon that looks after the NIC comes before files that may be left over from somebody else's time. */
export function handOver(seen: SeenKeeper, bridge: KeptBridge): Handing {
  if (seen.manager !== undefined) return handNetworkManager(seen, seen.manager, bridge)
  const handing = handOthers(seen, bridge)
  const { address } = bridge
  if (handing.refused !== undefined || address === undefined || seen.resolver === undefined) return handing
  const more = resolverChanges(seen.resolver, address, seen.etc)
  return {
    ...handing,
    changes: [...handing.changes, ...more],
    ...unheard(handing, address, seen.resolver),
  }
}

function handOthers(seen: SeenKeeper, bridge: KeptBridge): Handing {
  if (seen.networkd !== undefined) return handNetworkd(seen, seen.networkd, bridge)
  const why = whyNotDhcpcd(seen, bridge)
  if (why !== undefined) return { ...UNTOLD, refused: why }
  if (seen.ifupdown !== undefined && isIfupdowns(seen.ifupdown, bridge.nic))
    return handIfupdown(seen.ifupdown, bridge, seen)
  if (bridge.address?.ipv4 !== 'dhcp') return UNTOLD
  const message = `nobody looks after '${bridge.nic}', so nobody would ask a DHCP server for its bridge and renew the lease`
  const hint = `give it an address with --address 192.0.2.10/24 --gateway 192.0.2.1, or let systemd-networkd look after '${bridge.nic}' first`
  return { ...UNTOLD, refused: { message, hint } }
}

/** Nobody would tell the program that writes resolv.conf. */
function unheard(
  { keeper }: Handing,
  { dns }: WantedAddress,
  { isLink, hasResolvconf }: SeenResolver,
): Pick<Handing, 'refused'> {
  if (dns.length === 0 || keeper === 'systemd-networkd') return {}
  if (!isLink && !hasResolvconf) return {}
  return {
    refused: {
      message:
        'another program writes /etc/resolv.conf of this host, and nobody tells it of name servers for the bridge',
      hint: 'leave --dns away, and tell that program: ls -l /etc/resolv.conf',
    },
  }
}

interface Written extends Partial<Pick<Handing, 'keeper' | 'changes' | 'idle'>> {
  readonly former?: Pick<Addressing, 'families' | 'isLeased'>
}

/** What was written when the bridge came is taken back to the last byte; notes under /run are as they are by now. */
export function handBack(
  seen: SeenKeeper,
  { keeper = 'nobody', changes: all = [], idle = [], former }: Written,
  names: Pick<KeptBridge, 'bridge' | 'nic'>,
): Handing {
  const clients = keeper === 'ifupdown' ? (seen.ifupdown?.clients ?? []) : []
  const onBridge = clients
    .filter(({ link }) => link === names.bridge)
    .map((client) => (seen.ifupdown === undefined ? client : withOptions(seen.ifupdown, client)))
  // The NIC had no lease before: there is none to go on with.
  const isFresh = ({ families }: SeenClient): boolean =>
    former?.isLeased === false && families.some((family) => former.families.includes(family))
  const [along, fresh] = [onBridge.filter((client) => !isFresh(client)), onBridge.filter(isFresh)]
  const changes = all.filter(({ isClients }) => isClients !== true)
  return {
    keeper,
    changes: changes.map((change) => ({
      ...reversed(change),
      reason:
        change.before === undefined
          ? `${change.path} was made for ${names.bridge}`
          : `${change.path} is as it was before ${names.bridge}`,
    })),
    states:
      keeper === 'ifupdown' && seen.ifupdown !== undefined
        ? [...ifupdownState(seen.ifupdown, names, 'remove'), ...resolverBack(all, seen)]
        : [],
    tell: undefined,
    ...(keeper === 'systemd-networkd' ? backNetworkd(seen, names) : {}),
    ...(keeper === 'NetworkManager' ? backNetworkManager(names, changes) : {}),
    isBack: true,
    renews: ['systemd-networkd', 'NetworkManager'].includes(keeper) ? [4, 6] : [],
    ...(onBridge.length + idle.length === 0 ? {} : backClients({ along, idle, fresh }, names)),
  }
}
