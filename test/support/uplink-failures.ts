/** A change of the host's own network that fails at a step, whoever keeps the NIC: what is done, and who has to take it back. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { executePlan } from '../../src/app/execute-plan.ts'
import { addHostBridge, type BridgeOrder } from '../../src/app/host-bridge.ts'
import { lookAfterGuards } from '../../src/app/host-guards.ts'
import { WeftError } from '../../src/core/errors.ts'
import { until, type RealApp } from './real-app.ts'

/** `isWanted` picks steps by their reasons; `assertBack` is asked after each. */
export async function failAtSteps(
  { app }: RealApp,
  order: BridgeOrder,
  isWanted: (reason: string) => boolean,
  assertBack: () => Promise<void>,
): Promise<void> {
  const shown = await addHostBridge(app, order, { by: 'test', dryRun: true })
  const wanted = shown.plan.steps.flatMap(({ reason }, index) => (isWanted(reason) ? [index] : []))
  assert.ok(wanted.length > 1, String(wanted.length))
  for (const at of wanted) {
    // Lifetimes count from the look.
    const { plan } = await addHostBridge(app, order, { by: 'test', dryRun: true })
    let performed = 0
    const perform: typeof app.host.perform = async (action) => {
      if (performed++ === at) throw new WeftError('command-failed', 'told to fail')
      await app.host.perform(action)
    }
    const failing = { ...app, host: { ...app.host, perform } }
    await assert.rejects(
      executePlan(failing, plan, 'test'),
      { code: 'command-failed' },
      plan.steps[at]?.reason,
    )
    await assertBack()
  }
}

/** As when weftd was killed, its guard with it, and weftd begins again. */
export async function loseGuard({ app, root }: RealApp, bridge: string): Promise<void> {
  const guard = readFileSync(join(root, 'var/lib/weft/host', bridge, 'guard.pid'), 'utf8').trim()
  process.kill(Number(guard), 'SIGKILL')
  await until('the guard is dead', () => isDead(guard))
  const said: string[] = []
  await until('the guard is missed', async () => {
    said.push(...(await lookAfterGuards(app)))
    return said.length > 0
  })
  assert.match(said.join('\n'), /nobody guards the change/)
}

/** Until somebody has asked how it ended, it is still listed; it may go while one looks. */
function isDead(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(' Z ')
  } catch {
    return true
  }
}
