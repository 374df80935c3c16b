/** How a bridge over a NIC that somebody keeps can end besides by a death of weftd: nobody confirms, the gateway is silent, the host goes down half-way. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { addHostBridge, removeHostBridge } from '../../src/app/host-bridge.ts'
import { lookAfterGuards } from '../../src/app/host-guards.ts'
import type { App } from '../../src/app/ports.ts'
import { recover } from '../../src/app/recover.ts'
import { WeftError } from '../../src/core/errors.ts'
import { reboot, type KeeperWorld } from './keeper-world.ts'
import { run, until } from './real-app.ts'
import { changeDirectory, dieAt, stepsOf, type Which } from './uplink-deaths.ts'
import { NIC, PEER } from './uplink-world.ts'

type AssertBack = (where: string) => Promise<void>

/** Long enough for all steps on a machine with much to do: the guard's own clock is what is shown. */
const LIMIT = 25

/** Nobody does anything: the guard waits until its time has come. */
export async function letTimeRunOut(
  { real }: KeeperWorld,
  which: Which,
  assertBack: AssertBack,
): Promise<void> {
  await change(real.app, which, LIMIT)
  await until('its time has run out', () => !existsSync(changeDirectory(real.root, which)))
  await assertBack('its time has run out')
}

/** It answers until the host moves, and never again. */
export async function silenceGateway(
  { real }: KeeperWorld,
  which: Which,
  assertBack: AssertBack,
): Promise<void> {
  run('busybox', 'ping', '-c1', '-W30', '192.0.2.1')
  const perform: App['host']['perform'] = async (action) => {
    if (action.kind === 'run' && action.argv.includes('-batch')) turnArp('off')
    await real.app.host.perform(action)
  }
  const app = { ...real.app, host: { ...real.app.host, perform } }
  const error = await change(app, which, 600).then(
    () => assert.fail('nobody noticed'),
    (reason: unknown) => reason,
  )
  turnArp('on')
  assert.ok(error instanceof WeftError)
  const link = which === 'add' ? 'br0' : NIC
  const said = error.details.map(([, text]) => text).join('\n')
  assert.match(said, new RegExp(`192\\.0\\.2\\.1 does not answer on ${link}`))
  await assertBack('a silent gateway')
}

const turnArp = (state: 'on' | 'off'): string => run('ip', '-n', PEER, 'link', 'set', 'far', 'arp', state)

/**
 * The host goes down after a step, with weftd and the daemon. What is kept under /run has gone; weft-guard.service comes before the daemon,
 * which `start` sets going, and weftd after it.
 */
export async function goDownAtSteps(
  world: KeeperWorld,
  which: Which,
  {
    isWanted,
    stop,
    start,
    assertBack,
  }: {
    readonly isWanted: (reason: string) => boolean
    readonly stop: () => Promise<void>
    readonly start: () => Promise<void>
    readonly assertBack: AssertBack
  },
): Promise<void> {
  const { real } = world
  for (const [index, reason] of await stepsOf(real.app, which, isWanted)) {
    await dieAt(real.root, which, { step: index, when: 'after' })
    await stop()
    reboot(world, ...(existsSync('/sys/class/net/br0') ? ['br0'] : []))
    const journal = join(real.root, 'run/weft/journal')
    for (const name of existsSync(journal) ? readdirSync(journal) : []) rmSync(join(journal, name))
    const changes = join(real.root, 'var/lib/weft/host')
    for (const name of readdirSync(changes)) {
      const script = join(changes, name, 'guard.sh')
      if (existsSync(script)) run('sh', script, 'boot')
    }
    await start()
    await recover(real.app)
    await lookAfterGuards(real.app)
    await assertBack(`down after step ${String(index)}: ${reason}`)
  }
}

async function change(app: App, which: Which, confirmWithin: number): Promise<unknown> {
  const request = { by: 'test', dryRun: false }
  return which === 'add'
    ? await addHostBridge(app, { bridge: 'br0', uplink: NIC, confirmWithin }, request)
    : await removeHostBridge(app, 'br0', { confirmWithin }, request)
}
