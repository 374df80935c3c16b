/** What weftd does once before people come in: the built-in network on a new root, autostart once per boot. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { App } from '../app/ports.ts'
import type { Paths } from '../core/host/paths.ts'
import { guardDirectory } from '../core/host/uplink/guard-files.ts'
import {
  backupJobDirectory,
  imageDirectory,
  imagePartDirectory,
  jobDirectory,
  poolDirectory,
  poolMarkDirectory,
  keyDirectory,
  secretDirectory,
  saveDirectory,
  snapshotDirectory,
} from '../core/host/paths.ts'

/** Plans write files into these; only the weft-owned ones may be read by everybody. */
export function makeDirectories(paths: Paths): void {
  for (const path of [
    paths.etc,
    paths.lib,
    paths.run,
    `${paths.etc}/vms`,
    `${paths.etc}/pools`,
    `${paths.etc}/filters`,
    `${paths.run}/networks`,
    `${paths.run}/vms`,
    poolMarkDirectory(paths),
  ])
    mkdirSync(path, { recursive: true, mode: 0o755 })
  for (const path of [
    guardDirectory(paths),
    secretDirectory(paths, false),
    secretDirectory(paths, true),
    keyDirectory(paths),
  ])
    mkdirSync(path, { recursive: true, mode: 0o700 })
  for (const path of [
    poolDirectory(paths),
    `${paths.lib}/leases`,
    `${paths.lib}/addresses`,
    jobDirectory(paths),
    backupJobDirectory(paths),
  ])
    mkdirSync(path, { recursive: true, mode: 0o755 })
  // QEMU passes through; which images there are and what machines had in memory is nobody's business, and what has not been checked is weftd's alone.
  mkdirSync(imageDirectory(paths), { recursive: true, mode: 0o711 })
  for (const path of [saveDirectory(paths), snapshotDirectory(paths)])
    mkdirSync(path, { recursive: true, mode: 0o711 })
  mkdirSync(imagePartDirectory(paths), { recursive: true, mode: 0o700 })
}

/** On a root that never had networks. Whoever undefines it does not get it back: the directory stays. */
export async function defineBuiltIn(app: App, log: (line: string) => void): Promise<void> {
  const directory = `${app.facts.paths.etc}/networks`
  if (existsSync(directory)) return
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  const { defineDefaultNetwork } = await import('../app/complete-network.ts')
  for (const note of await defineDefaultNetwork(app)) log(note)
}

/**
 * Networks marked for it, once per boot of the host: one that somebody stopped stays stopped when weftd is restarted. Says whether this
 * is the first weftd since the boot: then machines follow.
 */
export async function autostart(app: App, log: (line: string) => void): Promise<boolean> {
  const marker = `${app.facts.paths.run}/autostarted`
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === boot) return false
  writeFileSync(marker, boot)
  if (!app.networks.list().some((network) => network.autostart)) return true
  const { autostartNetworks } = await import('../app/autostart.ts')
  for (const sentence of await autostartNetworks(app)) log(sentence)
  return true
}
