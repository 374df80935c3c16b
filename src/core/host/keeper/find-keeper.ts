/** Whose words a bridge over this NIC has to be written in, and how they are taken back. */
import { reversed } from './file-steps.ts'
import { handIfupdown, ifupdownState, isIfupdowns } from './ifupdown.ts'
import { handNetworkd, TELL_NETWORKD } from './networkd.ts'
import { backNetworkManager, handNetworkManager } from './network-manager.ts'
import { UNTOLD, type FileChange, type Handing, type KeptBridge, type SeenKeeper } from './seen-keeper.ts'

/** A daemon that looks after the NIC comes before files that may be left over from somebody else's time. */
export function handOver(seen: SeenKeeper, bridge: KeptBridge): Handing {
  if (seen.manager !== undefined) return handNetworkManager(seen, seen.manager, bridge)
  if (seen.networkd !== undefined) return handNetworkd(seen, seen.networkd, bridge)
  if (seen.ifupdown !== undefined && isIfupdowns(seen.ifupdown, bridge.nic))
    return handIfupdown(seen.ifupdown, bridge)
  return UNTOLD
}

/** What was written when the bridge came is taken back to the last byte; notes under /run are as they are by now. */
export function handBack(
  seen: SeenKeeper,
  { keeper = 'nobody', changes = [] }: { readonly keeper?: string; readonly changes?: readonly FileChange[] },
  names: Pick<KeptBridge, 'bridge' | 'nic'>,
): Handing {
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
        ? ifupdownState(seen.ifupdown, names, 'remove')
        : [],
    tell: keeper === 'systemd-networkd' ? TELL_NETWORKD : undefined,
    ...(keeper === 'NetworkManager' ? backNetworkManager(names, changes) : {}),
    isBack: true,
    renews: ['systemd-networkd', 'NetworkManager'].includes(keeper),
  }
}
