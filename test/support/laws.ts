/** The five laws of every plan, checked on a real kernel in a throwaway world. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { executePlan } from '../../src/app/execute-plan.ts'
import type { App } from '../../src/app/ports.ts'
import { recover } from '../../src/app/recover.ts'
import { WeftError } from '../../src/core/errors.ts'
import { isTakenBack, type Plan, type Step } from '../../src/core/plan/plan.ts'
import { renderPlan } from '../../src/core/plan/render.ts'
import { joinedScript } from './joined-script.ts'
import type { LawCase } from './law-cases.ts'
import { describeWorld, makeRoot, openRealApp, removeRoot, run, type RealApp } from './real-app.ts'

type World = Awaited<ReturnType<typeof describeWorld>>

/** One case on its own host: what every law needs. */
interface Bench {
  readonly lawCase: LawCase
  real: RealApp
  /** The host before the start. */
  stopped: World
  world(): Promise<World>
}

export function checkLaws(cases: readonly LawCase[]): void {
  for (const lawCase of cases) {
    describe(lawCase.name, () => {
      const bench = prepareBench(lawCase)
      checkSettled(bench)
      if (lawCase.isIdle === true) return
      checkUndone(bench)
      checkTypeable(bench)
      checkFailures(bench)
      for (const when of ['before', 'after'] as const) checkDeathInStart(bench, when)
      if (lawCase.stop === undefined) return
      checkStopped(bench, lawCase.stop)
      for (const when of ['before', 'after'] as const) checkDeathInStop(bench, lawCase.stop, when)
    })
  }
}

/** For plans that begin with something that other laws have shown: only the way back to nothing. */
export function checkEndLaws(cases: readonly LawCase[]): void {
  for (const lawCase of cases) {
    const { name, stop } = lawCase
    if (stop === undefined) throw new Error(`'${name}' has no end`)
    describe(name, () => {
      const bench = prepareBench(lawCase)
      checkStopped(bench, stop)
      for (const when of ['before', 'after'] as const) checkDeathInStop(bench, stop, when)
    })
  }
}

function prepareBench(lawCase: LawCase): Bench {
  const bench = {
    lawCase,
    async world() {
      const world = await describeWorld(bench.real.app, bench.real.root)
      return { ...world, ...lawCase.look?.(world) }
    },
  } as Bench
  before(async () => {
    bench.real = openRealApp(makeRoot())
    await lawCase.prepare(bench.real.app)
    bench.stopped = await bench.world()
  })
  after(() => {
    cleanWorld(bench.real)
  })
  return bench
}

function checkSettled(bench: Bench): void {
  test('settled: planning again gives an empty plan', async () => {
    const plan = await start(bench)
    assert.deepEqual((await bench.lawCase.start(bench.real.app)).steps, [])
    await takeBack(bench, plan)
  })
}

function checkUndone(bench: Bench): void {
  test('undone: undoing every step leaves the host as before', async () => {
    const plan = await start(bench)
    assert.notEqual(plan.steps.length, 0)
    assert.notDeepEqual(await bench.world(), bench.stopped)
    await takeBack(bench, plan)
    assertSame(await bench.world(), bench.stopped)
  })
}

function checkTypeable(bench: Bench): void {
  test('typeable: the script run by sh gives the same host as the executor', async () => {
    const plan = await start(bench)
    const executed = await bench.world()
    const stop = await bench.lawCase.stop?.(bench.real.app)
    await takeBack(bench, plan)
    run('sh', '-c', renderPlan(plan))
    assertSame(await bench.world(), executed)
    if (stop === undefined) await takeBack(bench, plan)
    else run('sh', '-c', renderPlan(stop))
    assertSame(await bench.world(), bench.stopped)
  })
}

function checkStopped(bench: Bench, stop: NonNullable<LawCase['stop']>): void {
  test('stopped: start and stop leave the host as before', async () => {
    await start(bench)
    await executePlan(bench.real.app, await stop(bench.real.app), 'test')
    assertSame(await bench.world(), bench.stopped)
    assert.deepEqual((await stop(bench.real.app)).steps, [])
  })
}

function checkFailures(bench: Bench): void {
  test('safe: whichever step fails, the host is as before', async () => {
    const { app } = bench.real
    const plan = await bench.lawCase.start(app)
    for (const [index, step] of stepsToTry(bench, plan)) {
      if (!isTakenBack(plan, index)) break
      await assert.rejects(executePlan(failingAt(app, index), plan, 'test'), { code: 'command-failed' })
      assertSame(await bench.world(), bench.stopped, `step ${index}: ${step.reason}`)
    }
  })
}

function checkDeathInStart(bench: Bench, when: 'before' | 'after'): void {
  test(`safe: weftd killed ${when} any step of a start takes it back, or carries it on past its point of no return, when it is there again`, async () => {
    const plan = await start(bench)
    const started = await bench.world()
    await takeBack(bench, plan)
    for (const [index, step] of stepsToTry(bench, plan)) {
      await dieAtStep(bench, 'start', index, when)
      const isBack = isTakenBack(plan, index)
      assertSame(await bench.world(), isBack ? bench.stopped : started, `step ${index}: ${step.reason}`)
      if (!isBack) await takeBack(bench, plan)
    }
  })
}

function checkDeathInStop(bench: Bench, stop: NonNullable<LawCase['stop']>, when: 'before' | 'after'): void {
  test(`safe: weftd killed ${when} any step of a stop finishes it when it is there again`, async () => {
    await start(bench)
    let isStarted = true
    for (const [index, step] of stepsToTry(bench, await stop(bench.real.app))) {
      if (!isStarted) await start(bench)
      isStarted = false
      await dieAtStep(bench, 'stop', index, when)
      assertSame(await bench.world(), bench.stopped, `step ${index}: ${step.reason}`)
    }
  })
}

/** With their places in the plan. */
function stepsToTry({ lawCase }: Bench, { steps }: Plan): (readonly [number, Step])[] {
  const { trying = () => true } = lawCase
  const found = [...steps.entries()].filter(([, step]) => trying(step))
  assert.notEqual(found.length, 0, 'no step is tried')
  return found
}

async function start({ real, lawCase }: Bench): Promise<Plan> {
  const plan = await lawCase.start(real.app)
  await executePlan(real.app, plan, 'test')
  return plan
}

async function takeBack({ real }: Bench, plan: Plan): Promise<void> {
  for (const { undo } of plan.steps.toReversed()) {
    if (undo.kind !== 'none') await real.app.host.perform(undo)
  }
}

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

/** A weftd of its own is killed at the step; the next one recovers. */
async function dieAtStep({ real, lawCase }: Bench, which: string, step: number, when: string): Promise<void> {
  const script = joinedScript('test/support/die-at-step.ts')
  const args = [
    '--disable-warning=ExperimentalWarning',
    script,
    real.root,
    lawCase.name,
    which,
    `${step}`,
    when,
  ]
  const child = spawn(process.execPath, args, { stdio: 'inherit' })
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  assert.equal(signal, 'SIGKILL')
  await recover(real.app)
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
