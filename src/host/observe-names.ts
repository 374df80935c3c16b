/** How this host looks names up, and what it has been told of guests' names. */
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { parseIpv6 } from '../core/address/ipv6.ts'
import { hostsFile, resolvedSocket, type Paths } from '../core/host/paths.ts'
import type { SeenNames, SeenResolver } from '../core/network/naming/plan-names.ts'
import { runCommand } from './run-command.ts'

const MANAGER = ['org.freedesktop.resolve1', '/org/freedesktop/resolve1', 'org.freedesktop.resolve1.Manager']

export async function observeNames(paths: Paths): Promise<SeenNames> {
  if (await isListening(resolvedSocket(paths))) return { kind: 'resolved', links: await resolverLinks() }
  try {
    const path = realpathSync(hostsFile(paths))
    const { mode, uid, gid } = statSync(path)
    const file = { path, text: readFileSync(path, 'utf8'), mode: mode & 0o7777, owner: { uid, gid } }
    return { kind: 'hosts', file }
  } catch {
    return { kind: 'none' }
  }
}

/** A socket that nobody listens on is what a dead one left. */
function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const done = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => {
      done(true)
    })
    socket.on('error', () => {
      done(false)
    })
  })
}

/** By the index of the link. */
async function resolverLinks(): Promise<ReadonlyMap<number, SeenResolver>> {
  const argv = ['busctl', '--json=short', 'get-property', ...MANAGER, 'DNS', 'Domains'] as const
  const { stdout } = await runCommand(argv, {})
  const [servers, domains] = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { data: unknown[] }).data)
  const links = new Map<number, { servers: string[]; domains: string[] }>()
  const at = (index: number): { servers: string[]; domains: string[] } => {
    const known = links.get(index) ?? { servers: [], domains: [] }
    links.set(index, known)
    return known
  }
  for (const [index, , bytes] of (servers ?? []) as [number, number, number[]][])
    at(index).servers.push(formatAddress(bytes))
  for (const [index, name, isRouting] of (domains ?? []) as [number, string, boolean][])
    at(index).domains.push(isRouting ? `~${name}` : name)
  // 0 is what holds for all links.
  links.delete(0)
  return links
}

function formatAddress(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.')
  const words = Array.from({ length: 8 }, (_, i) =>
    ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16),
  )
  return parseIpv6(words.join(':')) ?? ''
}
