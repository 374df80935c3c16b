/** Whether a program listens to the kernel yet: it says nothing itself when it is ready, the kernel's list of netlink sockets does. */
import { readdirSync, readlinkSync } from 'node:fs'
import { readText } from './process-table.ts'

/** The kernel's groups as bits, as /proc/net/netlink has them: group 7 is bit 6. `any`: whichever. */
export const NETLINK_GROUPS = { any: 0xffffffff, tables: 0x40, traces: 0x100 } as const

/** True as soon as a socket of the process has joined one of the groups. */
export function listensToKernel(pid: number, groups: number): boolean {
  const own = new Set(socketsOf(pid))
  return (readText('/proc/net/netlink') ?? '').split('\n').some((line) => {
    const [, , , joined = '0', , , , , , inode = ''] = line.trim().split(/\s+/)
    return own.has(inode) && (parseInt(joined, 16) & groups) !== 0
  })
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${String(pid)}/fd`).flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${String(pid)}/fd/${fd}`))?.[1] ?? [],
    )
  } catch {
    return []
  }
}
