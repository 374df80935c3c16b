/** The real App, built as weftd builds it, under a root of its own; for tests inside a throwaway world. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { App } from '../../src/app/ports.ts'
import { upstreamsFile } from '../../src/core/host/paths.ts'
import { buildApp } from '../../src/daemon/build-app.ts'

export interface RealApp {
  readonly app: App
  readonly root: string
  readonly log: string[]
  /** Lets go of helpers; what runs, runs on. */
  close(): void
}

/** A fresh root that dnsmasq's and QEMU's users can reach. */
export function makeRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'weft-root-'))
  chmodSync(root, 0o755)
  fillRoot(root)
  return root
}

/** What packaging makes. */
export function fillRoot(root: string): void {
  for (const directory of [
    'etc/weft/networks',
    'etc/weft/vms',
    'etc/weft/filters',
    'etc/weft/pools',
    'run/weft/pools',
    'run/weft/networks',
    'run/weft/vms',
    'var/lib/weft/disks',
    'var/lib/weft/host',
    'var/lib/weft/addresses',
    'var/lib/weft/jobs',
    'var/lib/weft/backups',
    'var/lib/weft/images/part',
    'var/lib/weft/saves',
    'var/lib/weft/snapshots',
  ]) {
    mkdirSync(join(root, directory), { recursive: true })
  }
}

export function removeRoot(root: string): void {
  rmSync(root, { recursive: true, force: true })
}

export function openRealApp(root: string): RealApp {
  const log: string[] = []
  const built = buildApp(root, (line) => log.push(line))
  // weftd keeps this one in step with the host's resolvers; dnsmasq wants it to be there.
  writeFileSync(upstreamsFile(built.app.facts.paths), '')
  return { app: built.app, root, log, close: built.close }
}

/** Host and files as they can be compared: everything weft may have touched, but for what it keeps on purpose. */
export async function describeWorld(app: App, root: string): Promise<Record<string, readonly string[]>> {
  const kept = ['var/lib/weft/history', 'var/lib/weft/journal', 'var/lib/weft/leases', 'run/weft/journal']
  return {
    ...(await app.host.snapshot()),
    groups: listGroups(app),
    files: listTree(root).filter((line) => !kept.some((path) => line.startsWith(path))),
  }
}

/** Control groups of machines, with how many processes are in each. */
function listGroups({ facts: { groups } }: App): string[] {
  if (groups === undefined || !existsSync(groups)) return []
  const inside = readdirSync(groups, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const count = (group: string): number =>
    readFileSync(`${groups}/${group}/cgroup.procs`, 'utf8').split('\n').length - 1
  return [groups, ...inside.map(({ name }) => `${name} ${String(count(name))}`)]
}

/** `path mode content` of everything under a directory. */
function listTree(root: string, under = ''): string[] {
  return readdirSync(join(root, under))
    .sort()
    .flatMap((name) => {
      const path = join(under, name)
      const stats = statSync(join(root, path), { throwIfNoEntry: false })
      const mode = (stats?.mode ?? 0).toString(8)
      if (stats?.isDirectory() === true) return [`${path}/ ${mode}`, ...listTree(root, path)]
      // Which number a process has is chance, and so are the keys of a TPM.
      const isText = stats?.isFile() === true && !/\.(pid|permall)$/.test(path)
      return [`${path} ${mode} ${isText ? readFileSync(join(root, path), 'utf8') : ''}`]
    })
}

/** Runs a command in this world; throws what it said. */
export function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Waits for a condition, with a limit: never for a clock. A machine with much else to do may take long for everything. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const end = performance.now() + limitMs
  for (let from = performance.now(); !(await holds()); from = performance.now()) {
    const now = performance.now()
    if (now > end) throw new Error(`${what}: not within ${limitMs} ms`)
    // Who takes long to look leaves as long to those who are waited for.
    await new Promise((resolve) => setTimeout(resolve, Math.min(Math.max(20, now - from), 500)))
  }
}

/** A host outside weft's networks: a namespace behind a cable. `near` is this side's address, `far` the other's. */
export function addHost(name: string, near: string, far: string): void {
  run('ip', 'netns', 'add', name)
  run('ip', '-n', name, 'link', 'set', 'lo', 'up')
  run('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
  run('ip', 'address', 'add', near, 'dev', name)
  run('ip', 'link', 'set', name, 'up')
  run('ip', '-n', name, 'address', 'add', far, 'dev', 'eth0')
  run('ip', '-n', name, 'link', 'set', 'eth0', 'up')
}

/** Whether a namespace reaches an address: an answer may be late on a busy machine, so silence is believed at the second time. */
export function canPing(namespace: string, address: string): boolean {
  const ping = (seconds: number): string =>
    `ip netns exec ${namespace} busybox ping -c1 -W${String(seconds)} -q ${address}`
  try {
    run('sh', '-c', `${ping(1)} || ${ping(5)}`)
    return true
  } catch {
    return false
  }
}
