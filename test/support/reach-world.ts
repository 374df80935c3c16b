/** Networks of every kind at once on this host, two namespaces as guests on each, an outside that knows the way back, a LAN. */
import { writeFileSync, chmodSync } from 'node:fs'
import { addPort } from '../../src/app/network-ports.ts'
import { defineNetwork, startNetwork, stopNetwork } from '../../src/app/networks.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { addHost, makeRoot, openRealApp, removeRoot, run, type RealApp } from './real-app.ts'
import { callWitnesses, dismiss, HOST, type Witness } from './witnesses.ts'

export interface World {
  readonly real: RealApp
  readonly witnesses: ReadonlyMap<string, Witness>
}

/** One network of it. */
export interface Member {
  /** Its column in the page. */
  readonly column: string
  /** Its name, and with `-a` and `-b` its guests'. */
  readonly name: string
  /** The definition, without its name. */
  readonly yaml: string
}

const byTest = { by: 'test', dryRun: false } as const

export async function startMembers(real: RealApp, members: readonly Member[]): Promise<void> {
  for (const { name, yaml } of members) {
    await defineNetwork(real.app, await readNetworkDefinition(`name: ${name}\n${yaml}\n`), byTest)
    await startNetwork(real.app, name, byTest)
  }
}

export async function stopMembers(real: RealApp, members: readonly Member[]): Promise<void> {
  for (const { name } of members) await stopNetwork(real.app, name, { ...byTest, force: true })
}

/** A namespace `NETWORK-LETTER` in its network; the MAC tells which. */
export async function plugIn(
  real: RealApp,
  network: string,
  guest: string,
  more: { ip?: string; mac?: string } = {},
) {
  run('ip', 'netns', 'add', guest)
  await addPort(real.app, network, { netns: guest, ...more }, byTest)
}

const NO_LIMITS = { 'ipv4/icmp_ratemask': '0', 'ipv6/icmp/ratemask': '\n', 'ipv6/icmp/ratelimit': '0' }

export function openWorld(): RealApp {
  const real = openRealApp(makeRoot())
  // Else a refusal too many would look like silence.
  for (const [file, value] of Object.entries(NO_LIMITS)) writeFileSync(`/proc/sys/net/${file}`, value)
  return real
}

export async function closeWorld({ real, witnesses }: World, members: readonly Member[]): Promise<void> {
  dismiss(witnesses)
  await stopMembers(real, members)
  real.close()
  removeRoot(real.root)
}

/** Prints what a lease came with, for `udhcpc -s`. */
export function leaseScript(real: RealApp): string {
  const path = `${real.root}/show-lease`
  writeFileSync(path, '#!/bin/sh\necho "router=$router"\n')
  chmodSync(path, 0o755)
  return path
}

export { addHost, callWitnesses, HOST, run }
