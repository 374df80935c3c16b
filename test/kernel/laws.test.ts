/** The five laws of every plan, over every golden case, on a real kernel. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { executePlan } from '../../src/app/execute-plan.ts'
import type { App } from '../../src/app/ports.ts'
import { recover } from '../../src/app/recover.ts'
import { WeftError } from '../../src/core/errors.ts'
import { renderPlan } from '../../src/core/plan/render.ts'
import { LAW_CASES, type LawCase } from '../support/law-cases.ts'
import { describeWorld, makeRoot, openRealApp, removeRoot, run, type RealApp } from '../support/real-app.ts'

for (const lawCase of LAW_CASES)
  describe(lawCase.name, () => {
    laws(lawCase)
  })

function laws(lawCase: LawCase): void {
  let real: RealApp
  let stopped: World
  const world = (): Promise<World> => describeWorld(real.app, real.root)
  const start = async (app: App = real.app): Promise<void> => {
    await executePlan(app, await lawCase.start(app), 'test')
  }
  const stop = async (app: App = real.app): Promise<void> => {
    await executePlan(app, await lawCase.stop(app), 'test')
  }

  before(async () => {
    real = openRealApp(makeRoot())
    await lawCase.prepare(real.app)
    stopped = await world()
  })
  after(() => {
    cleanWorld(real)
  })

  test('settled: planning again gives an empty plan', async () => {
    await start()
    assert.deepEqual((await lawCase.start(real.app)).steps, [])
    await stop()
    assert.deepEqual((await lawCase.stop(real.app)).steps, [])
  })

  test('stopped: start and stop leave the host as before', async () => {
    await start()
    assert.notDeepEqual(await world(), stopped)
    await stop()
    assertSame(await world(), stopped)
  })

  test('undone: undoing every step leaves the host as before', async () => {
    const plan = await lawCase.start(real.app)
    await executePlan(real.app, plan, 'test')
    for (const { undo } of plan.steps.toReversed())
      if (undo.kind !== 'none') await real.app.host.perform(undo)
    assertSame(await world(), stopped)
  })

  test('typeable: the script run by sh gives the same host as the executor', async () => {
    const script = renderPlan(await lawCase.start(real.app))
    await start()
    const executed = await world()
    const stopScript = renderPlan(await lawCase.stop(real.app))
    await stop()
    sh(script)
    assertSame(await world(), executed)
    sh(stopScript)
    assertSame(await world(), stopped)
  })

  test('safe: whichever step fails, the host is as before', async () => {
    const { steps } = await lawCase.start(real.app)
    assert.notEqual(steps.length, 0)
    for (const step of steps.keys()) {
      await assert.rejects(start(failingAt(real.app, step)), { code: 'command-failed' })
      assertSame(await world(), stopped, `step ${step}: ${steps[step]?.reason ?? ''}`)
    }
  })

  for (const when of ['before', 'after']) {
    test(`safe: weftd killed ${when} any step of a start takes it back when it is there again`, async () => {
      const { steps } = await lawCase.start(real.app)
      assert.notEqual(steps.length, 0)
      for (const step of steps.keys()) {
        await dieAtStep(real.root, lawCase.name, 'start', step, when)
        await recover(real.app)
        assertSame(await world(), stopped, `step ${step}: ${steps[step]?.reason ?? ''}`)
      }
    })

    test(`safe: weftd killed ${when} any step of a stop finishes it when it is there again`, async () => {
      await start()
      const { steps } = await lawCase.stop(real.app)
      for (const step of steps.keys()) {
        if (step > 0) await start()
        await dieAtStep(real.root, lawCase.name, 'stop', step, when)
        await recover(real.app)
        assertSame(await world(), stopped, `step ${step}: ${steps[step]?.reason ?? ''}`)
      }
    })
  }
}

type World = Awaited<ReturnType<typeof describeWorld>>

/** Fails with the lines that differ: two whole hosts side by side are no help. */
function assertSame(actual: World, expected: World, where = ''): void {
  const only = (one: World, other: World, sign: string): string[] =>
    Object.entries(one).flatMap(([section, lines]) =>
      lines
        .filter((line) => other[section]?.includes(line) !== true)
        .map((line) => `${sign}${section}: ${line}`),
    )
  const lines = [...only(expected, actual, '-'), ...only(actual, expected, '+')]
  assert.equal(lines.join('\n'), '', where)
  assert.deepEqual(actual, expected, where)
}

function failingAt(app: App, step: number): App {
  let performed = 0
  const perform: App['host']['perform'] = async (action) => {
    if (performed++ === step) throw new WeftError('command-failed', 'told to fail')
    await app.host.perform(action)
  }
  return { ...app, host: { ...app.host, perform } }
}

function sh(script: string): void {
  run('sh', '-c', script)
}

async function dieAtStep(
  root: string,
  name: string,
  which: string,
  step: number,
  when: string,
): Promise<void> {
  const script = join(import.meta.dirname, '../support/die-at-step.ts')
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, root, name, which, String(step), when],
    {
      stdio: 'inherit',
    },
  )
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  assert.equal(signal, 'SIGKILL')
}

/** The next case begins with an empty world, also when this one failed half-way. */
function cleanWorld(real: RealApp): void {
  real.close()
  for (const command of [
    `pkill -KILL -f -- ^dnsmasq.*${real.root}/`,
    'ip -all netns delete',
    'nft flush ruleset',
    'sysctl -q -w net.ipv4.ip_forward=0',
    ...linkNames().map((name) => `ip link delete ${name}`),
  ]) {
    const [program = '', ...args] = command.split(' ')
    try {
      run(program, ...args)
    } catch {
      // There was nothing to clean.
    }
  }
  removeRoot(real.root)
}

function linkNames(): string[] {
  const links = JSON.parse(run('ip', '-j', 'link')) as { ifname: string }[]
  return links.map((link) => link.ifname).filter((name) => name !== 'lo')
}
