/**
 * Keeps ROOT/run/weft/upstreams true to the host's /etc/resolv.conf: the name servers that every network's dnsmasq asks. dnsmasq reads
 * the file again on SIGHUP, so a VPN that changes the host's servers reaches the guests without a restart, and no dnsmasq needs
 * an inotify instance of its own (128 a user is the kernel's default, and libvirt's 125th network fails on it).
 */
import { watch } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Paths } from '../core/host/paths.ts'

const RESOLV_CONF = '/etc/resolv.conf'

export async function watchUpstreams(
  paths: Paths,
  onChange: () => Promise<void>,
  log: (line: string) => void,
): Promise<{ stop(): void }> {
  await writeUpstreams(paths)
  let timer: NodeJS.Timeout | undefined
  const refresh = async (): Promise<void> => {
    try {
      if (await writeUpstreams(paths)) await onChange()
    } catch (error) {
      log(`could not follow ${RESOLV_CONF}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  // The directory, not the file: resolv.conf is usually replaced by a rename.
  const watcher = watch(dirname(RESOLV_CONF), (_event, name) => {
    if (name !== basename(RESOLV_CONF)) return
    clearTimeout(timer)
    timer = setTimeout(() => void refresh(), 100)
  })
  return {
    stop: () => {
      clearTimeout(timer)
      watcher.close()
    },
  }
}

/** Returns whether the servers are others than before. */
async function writeUpstreams(paths: Paths): Promise<boolean> {
  const path = `${paths.run}/upstreams`
  const servers = parseNameservers(await readFile(RESOLV_CONF, 'utf8').catch(() => ''))
  const content = servers.map((server) => `server=${server}\n`).join('')
  if ((await readFile(path, 'utf8').catch(() => undefined)) === content) return false
  await mkdir(paths.run, { recursive: true })
  await writeFile(`${path}.new`, content, { mode: 0o644 })
  await rename(`${path}.new`, path)
  return true
}

export function parseNameservers(resolvConf: string): string[] {
  return resolvConf.split('\n').flatMap((line) => {
    const server = /^\s*nameserver\s+(\S+)/.exec(line)?.[1]
    return server === undefined ? [] : [server]
  })
}
