/** Who listens on this host's ports, with the name of each process: looked for only when somebody asks. */
import { parseListeners, type Listener, type NamedListener } from '../core/host/listeners.ts'
import { openFiles, programOf } from './open-files.ts'
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
  for (const { pid, target } of openFiles()) {
    const inode = wanted.get(target)
    if (inode === undefined || found.has(inode)) continue
    found.set(inode, `'${programOf(pid) ?? '?'}' (pid ${String(pid)})`)
  }
  return found
}
