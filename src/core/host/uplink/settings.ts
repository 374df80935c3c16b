/** Settings of a link under /proc/sys/net, and the names sysctl(8) has for them. */
import type { SeenUplink } from './seen-uplink.ts'

export const ACCEPT_DAD = 'ipv6.conf.accept_dad'
export const ACCEPT_RA = 'ipv6.conf.accept_ra'

interface Habit {
  readonly key: string
  readonly value: string
  /** Why it is off before the host moves to that link, and what is so again afterwards. */
  readonly off: string
  readonly on: string
}

/** What a link would do by itself in the moment when it gets its addresses: off while the host moves to it. */
export function habits({ settings }: SeenUplink, link: string): Habit[] {
  const of = (key: string, off: string, on: string): Habit[] => {
    const value = settings[key]
    return value === undefined || value === '0' ? [] : [{ key, value, off, on }]
  }
  return [
    ...of(
      ACCEPT_DAD,
      `nobody else has the addresses that ${link} is about to get: it need not ask for a second before it uses them`,
      `whether somebody has an address that ${link} gets later is asked as usual`,
    ),
    ...of(
      ACCEPT_RA,
      `${link} does not ask routers at the same moment for what comes along anyway`,
      `${link} listens to routers as usual`,
    ),
  ]
}

/** Readable files that are no settings: they follow from others, or are taken care of elsewhere. */
const NOT_SETTINGS = new Set([
  'ipv4.conf.mc_forwarding',
  'ipv6.conf.mc_forwarding',
  'ipv6.conf.mtu',
  'ipv6.conf.addr_gen_mode',
])

export const hasIpv6 = ({ settings }: SeenUplink): boolean => settings[ACCEPT_DAD] !== undefined

/** Those that a new link does not have by itself. */
export function ownSettings({ settings, defaults }: SeenUplink): [key: string, value: string][] {
  return Object.entries(settings).filter(
    ([key, value]) => defaults[key] !== value && !NOT_SETTINGS.has(key) && key !== ACCEPT_DAD,
  )
}

/** `ipv4.conf.rp_filter` → `net.ipv4.conf.br0.rp_filter`; a dot in the link's name as sysctl(8) takes it. */
export function settingKey(key: string, link: string): string {
  const last = key.lastIndexOf('.')
  return `net.${key.slice(0, last)}.${link.replaceAll('.', '/')}.${key.slice(last + 1)}`
}

/** `/proc/sys/net/ipv4/conf/br0/rp_filter` */
export function settingFile(key: string, link: string): string {
  const last = key.lastIndexOf('.')
  return `/proc/sys/net/${key.slice(0, last).replaceAll('.', '/')}/${link}/${key.slice(last + 1)}`
}
