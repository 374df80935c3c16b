/** Settings of a link under /proc/sys/net, and the names sysctl(8) has for them. */
import type { SeenUplink } from './seen-uplink.ts'

export const ACCEPT_DAD = 'ipv6.conf.accept_dad'

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
