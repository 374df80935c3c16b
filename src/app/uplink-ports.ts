/** Looking at the host's own way out. */
import type { InterfaceName } from '../core/address/interface-name.ts'
import type { FileChange, SeenClient, SeenKeeper } from '../core/host/keeper/seen-keeper.ts'
import type { Addressing } from '../core/host/uplink/readdress.ts'
import type { SeenUplink } from '../core/host/uplink/seen-uplink.ts'

export interface UplinkEyes {
  /** Everything that hangs on a link, looked up at this moment; undefined when it is not there. */
  uplink(name: InterfaceName): Promise<SeenUplink | undefined>
  /** Who looks after the link, and the files in which it is written. */
  keeper(name: InterfaceName): Promise<SeenKeeper>
  guards(): Promise<readonly SeenGuard[]>
  /** Whether nftables sees what leaves a link: from Linux 5.16 on. */
  canHookEgress(): Promise<boolean>
}

export interface SeenGuard {
  /** The bridge's; with `:remove` behind it of the way back. */
  readonly name: string
  /** The NIC under the bridge. */
  readonly uplink: string
  /** `begun`: its plan has not come to the move. */
  readonly state: 'begun' | 'waits' | 'confirmed'
  /** Else a reboot has taken the links along. */
  readonly isOfThisBoot: boolean
  /** The process that would take it back lives. */
  readonly isGuarded: boolean
  /** In ms since 1970: then it takes it back. */
  readonly endsAtMs?: number
  /** Whose words a bridge is written in, and the files that say it: it outlasts a reboot. */
  readonly keeper?: string
  readonly changes?: readonly FileChange[]
  /** What the NIC had, where the bridge has been given other addresses. */
  readonly former?: Addressing
  /** DHCP clients of the NIC that have no work meanwhile. */
  readonly idle?: readonly SeenClient[]
}
