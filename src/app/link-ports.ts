/** Looking at the links and devices of this host. */
import type { SeenDevices } from '../core/host/device.ts'
import type { SeenLink } from '../core/host/link.ts'
import type { LinkDetail } from '../core/host/link-detail.ts'

export interface DeviceEyes {
  /** PCI and USB, looked up anew. */
  devices(): Promise<SeenDevices>
}

export interface LinkEyes extends DeviceEyes {
  /** Answered from memory where weftd hears the kernel's events. */
  links(): Promise<readonly SeenLink[]>
  /** With drivers, other ends and who holds them: looked up anew, for a person. */
  linkDetails(): Promise<readonly LinkDetail[]>
}
