/** A link with all that says what it is for: its hardware, its other end, what it sits on, and what its kind alone has. */
import type { SeenLink } from './link.ts'

/** What the host side looks up; whether it is a way out comes from the routes. */
export interface LinkDetail {
  readonly link: SeenLink
  /** Hardware only: the kernel's driver, and whether it is radio. */
  readonly driver?: string
  readonly isWireless?: boolean
  readonly isLoopback?: boolean
  /** What it sits on, or the other end of a veth; undefined when that is in another network namespace. */
  readonly below?: string
  /** That is in another network namespace. */
  readonly isAcross?: boolean
  /** What `ip -d` says of its kind: VLAN id, VXLAN id, mode; in the words of iproute2's JSON. */
  readonly data: Readonly<Record<string, unknown>>
  /** A TAP or TUN: the program that has it open. */
  readonly holder?: { readonly program: string; readonly pid: number }
  /** Default routes leave by it. */
  readonly isWayOut?: boolean
}
