/** Looking at the links, ports and devices of this host. */
import type { SeenDevices } from '../core/host/device.ts'
import type { SeenLink } from '../core/host/link.ts'
import type { Listener, NamedListener } from '../core/host/listeners.ts'
import type { Redirect } from '../core/network/firewall/foreign-redirects.ts'
import type { LinkDetail } from '../core/host/link-detail.ts'

export interface DeviceEyes {
  /** PCI and USB, looked up anew. */
  devices(): Promise<SeenDevices>
}

export interface PortEyes {
  /** Who listens on ports of this host, of those that are asked for. */
  listeners(isAsked: (listener: Listener) => boolean): Promise<readonly NamedListener[]>
  /** Rules of others that lead ports of this host elsewhere. */
  redirects(): Promise<readonly Redirect[]>
}

export interface LinkEyes extends DeviceEyes, PortEyes {
  /** Answered from memory where weftd hears the kernel's events. */
  links(): Promise<readonly SeenLink[]>
  /** With drivers, other ends and who holds them: looked up anew, for a person. */
  linkDetails(): Promise<readonly LinkDetail[]>
}
