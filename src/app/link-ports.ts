/** Looking at the links of this host. */
import type { SeenLink } from '../core/host/link.ts'
import type { LinkDetail } from '../core/host/link-detail.ts'

export interface LinkEyes {
  /** Answered from memory where weftd hears the kernel's events. */
  links(): Promise<readonly SeenLink[]>
  /** With drivers, other ends and who holds them: looked up anew, for a person. */
  linkDetails(): Promise<readonly LinkDetail[]>
}
