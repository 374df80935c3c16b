/** What sysfs and /proc know of links beyond netlink: drivers, radio, and the programs that hold TAPs and TUNs. */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { LinkDetail } from '../core/host/link-detail.ts'
import { readLink, type RawLink } from './observe-links.ts'
import { linkTarget, openFiles, programOf } from './open-files.ts'
import { readText } from './process-table.ts'

export function linkDetails(links: readonly RawLink[]): LinkDetail[] {
  const holders = links.some(({ linkinfo }) => linkinfo?.info_kind === 'tun') ? tunHolders() : undefined
  return links.map((raw) => {
    const holder = holders?.get(raw.ifname)
    return {
      link: readLink(raw),
      data: raw.linkinfo?.info_data ?? {},
      ...hardware(raw),
      ...(raw.flags.includes('LOOPBACK') ? { isLoopback: true } : {}),
      ...(raw.link === undefined ? {} : { below: raw.link }),
      ...(raw.link === undefined && raw.link_netnsid !== undefined ? { isAcross: true } : {}),
      ...(holder === undefined ? {} : { holder }),
    }
  })
}

function hardware({ ifname, linkinfo }: RawLink): Pick<LinkDetail, 'driver' | 'isWireless'> {
  if (linkinfo?.info_kind !== undefined) return {}
  const directory = `/sys/class/net/${ifname}`
  const driver = linkTarget(`${directory}/device/driver`)
  const isWireless = existsSync(`${directory}/phy80211`) || existsSync(`${directory}/wireless`)
  return {
    ...(driver === undefined ? {} : { driver: basename(driver) }),
    ...(isWireless ? { isWireless } : {}),
  }
}

/** By interface. proc_pid_fdinfo(5) of a descriptor of /dev/net/tun has a line `iff:` with the name. */
function tunHolders(): Map<string, NonNullable<LinkDetail['holder']>> {
  const holders = new Map<string, NonNullable<LinkDetail['holder']>>()
  for (const { pid, fd, target } of openFiles()) {
    if (target !== '/dev/net/tun') continue
    const name = /^iff:\t(.+)$/m.exec(readText(`/proc/${String(pid)}/fdinfo/${fd}`) ?? '')?.[1]
    const program = programOf(pid)
    if (name !== undefined && program !== undefined) holders.set(name, { program, pid })
  }
  return holders
}
