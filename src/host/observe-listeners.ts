/** Who listens on this host's ports, with the name of each process: looked for only when somebody asks. */
import { readdirSync, readlinkSync } from 'node:fs'
import { parseListeners, type Listener, type NamedListener } from '../core/host/listeners.ts'
import { readText } from './process-table.ts'

export function observeListeners(isAsked: (listener: Listener) => boolean): NamedListener[] {
  const all = (['tcp', 'udp'] as const).flatMap((protocol) =>
    ['', '6'].flatMap((family) => parseListeners(readText(`/proc/net/${protocol}${family}`) ?? '', protocol)),
  )
  const asked = all.filter(isAsked)
  const holders = asked.length === 0 ? new Map<string, string>() : findHolders(asked)
  return asked.map((each) => ({ ...each, holder: holders.get(each.inode) ?? "this host's kernel" }))
}

function findHolders(listeners: readonly Listener[]): Map<string, string> {
  const wanted = new Map(listeners.map(({ inode }) => [`socket:[${inode}]`, inode]))
  const found = new Map<string, string>()
  for (const pid of entries('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of entries(`/proc/${pid}/fd`)) {
      const inode = wanted.get(readLink(`/proc/${pid}/fd/${fd}`))
      if (inode === undefined || found.has(inode)) continue
      found.set(inode, `'${readText(`/proc/${pid}/comm`)?.trim() ?? '?'}' (pid ${pid})`)
    }
  }
  return found
}

/** A process may end while it is looked at. */
function entries(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
