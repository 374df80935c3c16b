/** A weftd that is killed at the steps of a bridge over a NIC that somebody keeps: the next one, or the guard alone, takes all of it back. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { addHostBridge, removeHostBridge } from '../../src/app/host-bridge.ts'
import { lookAfterGuards } from '../../src/app/host-guards.ts'
import type { AddressWords } from '../../src/core/host/uplink/wanted-address.ts'
import type { App } from '../../src/app/ports.ts'
import { recover } from '../../src/app/recover.ts'
import { joinedScript } from './joined-script.ts'
import { run, type RealApp } from './real-app.ts'
import { NIC } from './uplink-world.ts'

/** The change that is not to be: `br0` comes over the NIC, or goes. */
export type Which = 'add' | 'remove'

export interface Deaths {
  readonly which: Which
  /** Of a bridge that comes, where it does not keep the NIC's. */
  readonly words?: AddressWords
  /** Picks steps by their reasons. */
  readonly isWanted: (reason: string) => boolean
  /** Waits until the daemon has come to rest, and compares. */
  readonly assertBack: (where: string) => Promise<void>
}

/** Returns how many deaths there were. */
export async function dieAtSteps(
  { app, root }: RealApp,
  { which, words = {}, isWanted, assertBack }: Deaths,
): Promise<number> {
  const guard = changeDirectory(root, which)
  let deaths = 0
  for (const [index, reason] of await stepsOf(app, which, isWanted, words))
    for (const when of whensOf(reason)) {
      const where = `killed ${when} step ${String(index)}: ${reason}`
      await dieAt(root, which, { step: index, when, words })
      // When its time has come; the next weftd takes back what came before the guard.
      if (when === 'after' && existsSync(join(guard, 'armed'))) {
        run('sh', join(guard, 'guard.sh'), 'now')
        assert.ok(!existsSync(guard), where)
      }
      const said = [...(await recover(app)), ...(await lookAfterGuards(app))]
      assert.match(said.join('\n'), /^taking back '(put|take) bridge 'br0'/, where)
      await assertBack(where)
      deaths += 1
    }
  return deaths
}

/** Those that are wanted, with their places in the plan. */
export async function stepsOf(
  app: App,
  which: Which,
  isWanted: Deaths['isWanted'],
  words: AddressWords = {},
): Promise<readonly (readonly [number, string])[]> {
  const request = { by: 'test', dryRun: true }
  const { plan } = await (which === 'add'
    ? addHostBridge(app, { bridge: 'br0', uplink: NIC, ...words }, request)
    : removeHostBridge(app, 'br0', {}, request))
  const wanted = [...plan.steps.entries()]
    .filter(([, { reason }]) => isWanted(reason))
    .map(([index, { reason }]) => [index, reason] as const)
  assert.ok(wanted.length > 1, String(wanted.length))
  return wanted
}

/** Where its guard is. */
export const changeDirectory = (root: string, which: Which): string =>
  join(root, `var/lib/weft/host/br0${which === 'add' ? '' : ':remove'}`)

/** What others do at weftd's word goes on when it is dead: then it also dies in the middle. */
const whensOf = (reason: string): readonly When[] =>
  /moves from|reads its files|takes the NIC|DHCP client/.test(reason)
    ? ['before', 'amid', 'after']
    : ['before', 'after']

type When = 'before' | 'amid' | 'after'

/** A weftd of its own begins with the change, and is killed at that step. */
export async function dieAt(
  root: string,
  which: Which,
  { step, when, words = {} }: { readonly step: number; readonly when: When; readonly words?: AddressWords },
): Promise<void> {
  const script = joinedScript('test/support/die-at-uplink-step.ts')
  const args = [
    '--disable-warning=ExperimentalWarning',
    script,
    root,
    which,
    String(step),
    when,
    JSON.stringify(words),
  ]
  const child = spawn(process.execPath, args, { stdio: 'inherit' })
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  assert.equal(signal, 'SIGKILL')
}

/** A link that has been made again has another number. */
export const withoutNumbers = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replaceAll(/"(ifindex|link_index)":\d+/g, '"$1":"its own"'))
