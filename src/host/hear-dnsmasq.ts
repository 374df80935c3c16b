/**
 * Hears the end of a dnsmasq that is nobody's child: the file it holds open has been removed already, so it goes for good when the last
 * process that has it open does, and inotify says so. No process waits beside it, nothing is asked again and again, and
 * where weft may not make control groups it works too.
 */
import { readdirSync, readlinkSync, type FSWatcher } from 'node:fs'
import { dnsmasqFiles, type Paths } from '../core/host/paths.ts'
import { dnsmasqPid } from './observe-network-files.ts'
import { watchFile } from './watch-file.ts'

export interface DnsmasqEars {
  /** Harmless when it is heard already. */
  hear(network: string): void
  /** Told of every end, whoever ended it. */
  onEnd(listener: (network: string) => void): void
  close(): void
}

interface Heard {
  readonly pid: number
  readonly watcher: FSWatcher
}

export function createDnsmasqEars(paths: Paths): DnsmasqEars {
  const heard = new Map<string, Heard>()
  let tell: (network: string) => void = () => undefined
  const forget = (network: string): void => {
    heard.get(network)?.watcher.close()
    heard.delete(network)
  }
  const look = (network: string, pid: number): void => {
    if (heard.get(network)?.pid !== pid || dnsmasqPid(paths, network) === pid) return
    forget(network)
    tell(network)
  }
  return {
    hear(network) {
      const pid = dnsmasqPid(paths, network)
      if (pid === undefined || heard.get(network)?.pid === pid) return
      forget(network)
      const path = openFile(pid, dnsmasqFiles(paths, network).alive)
      const onChange = (): void => {
        look(network, pid)
      }
      const watcher = path === undefined ? undefined : watchFile(path, onChange)
      // Started by an older weft, or with options that say otherwise: its end is seen at the next look.
      if (watcher === undefined) return
      heard.set(network, { pid, watcher })
      watcher.on('error', () => {
        forget(network)
      })
      // It may have ended before it was heard.
      look(network, pid)
    },
    onEnd(listener) {
      tell = listener
    },
    close() {
      for (const network of [...heard.keys()]) forget(network)
    },
  }
}

/** A path that leads to what the process has open, although the file has no name any more. */
function openFile(pid: number, file: string): string | undefined {
  const directory = `/proc/${String(pid)}/fd`
  try {
    const number = readdirSync(directory).find((each) => linkOf(`${directory}/${each}`).startsWith(file))
    return number === undefined ? undefined : `${directory}/${number}`
  } catch {
    return undefined
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
