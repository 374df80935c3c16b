/** Looking at the host's own way out. */
import type { InterfaceName } from '../core/address/interface-name.ts'
import type { SeenUplink } from '../core/host/uplink/seen-uplink.ts'

export interface UplinkEyes {
  /** Everything that hangs on a link, looked up at this moment; undefined when it is not there. */
  uplink(name: InterfaceName): Promise<SeenUplink | undefined>
  /** Programs that look after the link of this number. */
  nicKeepers(index: number): Promise<readonly string[]>
  guards(): Promise<readonly SeenGuard[]>
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
}
