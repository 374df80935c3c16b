/** A plan happens wholly or not at all, whichever step fails and whenever weftd dies. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createStandIn } from '../../test/support/stand-in-app.ts'
import { WeftError } from '../core/errors.ts'
import { invert, startPlan, stopPlan, type Step } from '../core/plan/plan.ts'
import { executeInTwo, executePlan } from './execute-plan.ts'
import { listHistory, showChange, undoLast } from './history.ts'
import type { Lend } from './queue.ts'
import { recover } from './recover.ts'

const START = { '/a': 'old a', '/b': 'old b' }

/** A list of writes and removals, each with the undo that the world before it asks for. */
const someSteps = fc
  .array(fc.tuple(fc.constantFrom('/a', '/b', '/c', '/d'), fc.option(fc.string({ maxLength: 4 }))), {
    minLength: 1,
    maxLength: 8,
  })
  .map((changes) => {
    const world = new Map<string, string>(Object.entries(START))
    return changes.map(([path, content]) => {
      const before = world.get(path)
      if (content === null) world.delete(path)
      else world.set(path, content)
      return { reason: `${path} changes`, do: put(path, content ?? undefined), undo: put(path, before) }
    })
  })

function put(path: string, content: string | undefined): Exclude<Step['undo'], { kind: 'none' }> {
  return content === undefined ? { kind: 'remove', path } : { kind: 'write', path, content, mode: 0o644 }
}

const failure = new WeftError('command-failed', "'install' failed", {
  details: [
    ['ran', 'install -m 0644 /dev/stdin /x'],
    ['it said', 'no'],
  ],
})

test('whichever step fails, the world is as before and the error tells what happened', async () => {
  await fc.assert(
    fc.asyncProperty(someSteps, fc.nat(), async (steps, random) => {
      const failing = random % steps.length
      const standIn = createStandIn(START)
      standIn.beforeAction = (number) => {
        if (number === failing) throw failure
      }
      const error: unknown = await executePlan(standIn.app, startPlan("start 'x'", steps), 'anna').catch(
        (thrown: unknown) => thrown,
      )
      assert.ok(error instanceof WeftError)
      assert.equal(error.message, "could not start 'x'")
      assert.deepEqual(error.details, [
        ['while', steps[failing]?.reason],
        ['ran', 'install -m 0644 /dev/stdin /x'],
        ['it said', 'no'],
        ['undone', `${failing} of ${failing} earlier steps`],
      ])
      assert.deepEqual(Object.fromEntries(standIn.world), START)
      assert.equal((await listHistory(standIn.app))[0]?.outcome, 'taken-back')
      assert.deepEqual(await standIn.app.journal.unfinished(), [])
    }),
  )
})

test('whenever weftd dies, the next one takes a start back', async () => {
  await fc.assert(
    fc.asyncProperty(someSteps, fc.nat(), fc.boolean(), async (steps, random, happened) => {
      const standIn = createStandIn(START)
      await dieAt(standIn, startPlan("start 'x'", steps), random % steps.length, happened)
      const said = await recover(standIn.app)
      assert.match(said[0] ?? '', /^taking back 'start 'x''/)
      assert.deepEqual(Object.fromEntries(standIn.world), START)
      assert.deepEqual(await standIn.app.journal.unfinished(), [])
    }),
  )
})

test('whenever weftd dies, the next one carries a stop to its end', async () => {
  await fc.assert(
    fc.asyncProperty(someSteps, fc.nat(), fc.boolean(), async (steps, random, happened) => {
      const standIn = createStandIn(START)
      await executePlan(standIn.app, startPlan("start 'x'", steps), 'anna')
      standIn.performed.length = 0
      const stop = stopPlan(
        "stop 'x'",
        invert(steps, () => 'back'),
      )
      await dieAt(standIn, stop, random % steps.length, happened)
      await recover(standIn.app)
      assert.deepEqual(Object.fromEntries(standIn.world), START)
    }),
  )
})

test('whenever weftd dies, a plan is taken back until its point of no return and carried on from there', async () => {
  await fc.assert(
    fc.asyncProperty(someSteps, fc.nat(), fc.nat(), fc.boolean(), async (steps, random, point, happened) => {
      const standIn = createStandIn(START)
      const pointOfNoReturn = 1 + (point % steps.length)
      const step = random % steps.length
      const plan = { ...startPlan("save 'x'", steps), pointOfNoReturn }
      await dieAt(standIn, plan, step, happened)
      await recover(standIn.app)
      const wanted = createStandIn(START)
      if (step >= pointOfNoReturn) await executePlan(wanted.app, plan, 'anna')
      assert.deepEqual(Object.fromEntries(standIn.world), Object.fromEntries(wanted.world))
    }),
  )
})

test('after the point of no return a failure is told, and what is left is done', async () => {
  const standIn = createStandIn()
  standIn.beforeAction = (number) => {
    if (number === 1) throw failure
  }
  const steps = ['/a', '/b', '/c'].map((path) => ({
    reason: path,
    do: put(path, 'x'),
    undo: put(path, undefined),
  }))
  const plan = { ...startPlan("save 'x'", steps), pointOfNoReturn: 1 }
  await assert.rejects(executePlan(standIn.app, plan, 'anna'), { code: 'command-failed' })
  assert.deepEqual([...standIn.world.keys()], ['/a', '/c'])
  assert.equal((await listHistory(standIn.app))[0]?.outcome, 'failed')
})

test('a stop carries on after a failure and tells of each', async () => {
  const standIn = createStandIn()
  standIn.beforeAction = (number) => {
    if (number !== 1) throw failure
  }
  const steps = ['/a', '/b', '/c'].map((path) => ({
    reason: `${path} goes`,
    do: put(path, 'x'),
    undo: put(path, undefined),
  }))
  await assert.rejects(executePlan(standIn.app, stopPlan("stop 'x'", steps), 'anna'), (error: WeftError) => {
    assert.deepEqual(
      error.details.map(([label, text]) => `${label} ${text}`).filter((line) => /^(while|done)/.test(line)),
      ['while /a goes', 'while /c goes', 'done 1 of 3 steps'],
    )
    return true
  })
  assert.deepEqual([...standIn.world.keys()], ['/b'])
})

test('an undo that fails is told, and the others still happen', async () => {
  const standIn = createStandIn()
  standIn.beforeAction = (number) => {
    if (number === 2 || number === 3) throw failure
  }
  const steps = ['/a', '/b', '/c'].map((path) => ({
    reason: path,
    do: put(path, 'x'),
    undo: put(path, undefined),
  }))
  await assert.rejects(executePlan(standIn.app, startPlan('try', steps), 'anna'), (error: WeftError) => {
    assert.deepEqual(error.details.slice(-2), [
      ['undone', '1 of 2 earlier steps'],
      ['left', "rm -rf /b: 'install' failed"],
    ])
    return true
  })
  assert.deepEqual([...standIn.world.keys()], ['/b'])
})

test('a missing program stays a missing program, with its hint', async () => {
  const standIn = createStandIn()
  standIn.beforeAction = () => {
    throw new WeftError('missing-program', "'nft' is not installed", { hint: 'apt-get install nftables' })
  }
  const steps = [{ reason: 'rules', do: put('/a', 'x'), undo: put('/a', undefined) }]
  await assert.rejects(executePlan(standIn.app, startPlan('try', steps), 'anna'), {
    code: 'missing-program',
    hint: 'apt-get install nftables',
  })
})

test('every performed command is logged with its reason, and the change is told', async () => {
  const standIn = createStandIn()
  const steps = [{ reason: 'a is wanted', do: put('/a', 'x'), undo: put('/a', undefined) }]
  const number = await executePlan(standIn.app, startPlan('try', steps), 'anna')
  assert.deepEqual(standIn.log, ['install -m 0644 /dev/stdin /a  # a is wanted (0 ms)'])
  assert.deepEqual(standIn.events, [{ kind: 'change', number, title: 'try', outcome: 'done' }])
  const { change, diff } = await showChange(standIn.app, number)
  assert.equal(change.by, 'anna')
  assert.deepEqual(diff, [{ section: 'links', lines: ['+/a', '+    x'] }])
})

test('what was done can be undone, and the one before next', async () => {
  const standIn = createStandIn(START)
  const request = { by: 'anna', dryRun: false }
  const step = (path: string): Step => ({ reason: path, do: put(path, 'x'), undo: put(path, undefined) })
  for (const path of ['/c', '/d'])
    await executePlan(standIn.app, startPlan(`make ${path}`, [step(path)]), 'anna')
  assert.equal(
    (await undoLast(standIn.app, { ...request, dryRun: true })).plan.title,
    'undo change 2: make /d',
  )
  assert.ok(standIn.world.has('/d'))
  await undoLast(standIn.app, request)
  assert.deepEqual([...standIn.world.keys()], ['/a', '/b', '/c'])
  await undoLast(standIn.app, request)
  assert.deepEqual(Object.fromEntries(standIn.world), START)
  await assert.rejects(undoLast(standIn.app, request), { code: 'not-found' })
  assert.deepEqual(
    (await listHistory(standIn.app)).map(({ outcome }) => outcome),
    ['undone', 'undone', 'done', 'done'],
  )
})

test('a change that somebody has built upon is not undone', async () => {
  const standIn = createStandIn()
  const steps = [{ reason: 'a', do: put('/a', 'x'), undo: put('/a', undefined) }]
  await executePlan(standIn.app, startPlan('make /a', steps), 'anna')
  standIn.world.set('/a', 'mine now')
  await assert.rejects(undoLast(standIn.app, { by: 'anna', dryRun: false }), (error: WeftError) => {
    assert.equal(error.code, 'conflict')
    assert.deepEqual(error.details[0], ['since then', "'/a: x' is not there any more"])
    return true
  })
  assert.equal(standIn.world.get('/a'), 'mine now')
})

/** Runs the plan until the given step, which has happened or not when everything stops. */
async function dieAt(
  standIn: ReturnType<typeof createStandIn>,
  plan: ReturnType<typeof startPlan>,
  step: number,
  happened: boolean,
): Promise<void> {
  const dead = new Promise<void>((resolve) => {
    standIn.beforeAction = (number) => {
      if (number < step) return undefined
      const action = plan.steps[step]?.do
      if (happened && action?.kind === 'write') standIn.world.set(action.path, action.content)
      if (happened && action?.kind === 'remove') standIn.world.delete(action.path)
      resolve()
      return new Promise<void>(() => undefined)
    }
  })
  void executePlan(standIn.app, plan, 'anna')
  await dead
  standIn.beforeAction = () => undefined
}

test('a plan in two parts plans the second when the first has happened, and takes both back', async () => {
  const steps = ['/a', '/b', '/c'].map((path) => ({
    reason: `${path} is new`,
    do: put(path, 'new'),
    undo: put(path, START[path as '/a']),
  }))
  const [wait] = steps
  assert.ok(wait !== undefined)
  const plan = startPlan("start 'x'", steps)
  for (const failing of [undefined, 1, 2]) {
    const standIn = createStandIn(START)
    standIn.beforeAction = (number) => {
      if (number === failing) throw failure
    }
    const seen: string[] = []
    const lend: Lend = async (work) => {
      seen.push('lent')
      return await work()
    }
    const rest = (): Promise<Step[]> => {
      seen.push(`planned when /a says ${String(standIn.world.get('/a'))}`)
      return Promise.resolve(steps.slice(1).reverse())
    }
    const ended = executeInTwo(standIn.app, plan, 'anna', { after: 1, lend, plan: rest })
    if (failing === undefined) {
      assert.deepEqual(
        (await ended).plan.steps.map(({ reason }) => reason),
        ['/a is new', '/c is new', '/b is new'],
      )
      assert.deepEqual(Object.fromEntries(standIn.world), { '/a': 'new', '/b': 'new', '/c': 'new' })
    } else {
      await assert.rejects(ended, { message: "could not start 'x'" })
      assert.deepEqual(Object.fromEntries(standIn.world), START)
    }
    assert.deepEqual(seen, ['lent', 'planned when /a says new'])
    assert.equal((await listHistory(standIn.app))[0]?.plan.steps.length, 3)
  }
})

test('a second part that cannot be planned takes the first back', async () => {
  const standIn = createStandIn(START)
  const plan = startPlan("start 'x'", [
    { reason: '/a is new', do: put('/a', 'new'), undo: put('/a', START['/a']) },
    { reason: '/b is new', do: put('/b', 'new'), undo: put('/b', START['/b']) },
  ])
  const gone = new WeftError('wrong-state', "network 'x' is not active", { hint: 'weft net start x' })
  const sequel = { after: 1, lend: <T>(work: () => Promise<T>) => work(), plan: () => Promise.reject(gone) }
  await assert.rejects(executeInTwo(standIn.app, plan, 'anna', sequel), { hint: 'weft net start x' })
  assert.deepEqual(Object.fromEntries(standIn.world), START)
  assert.equal((await listHistory(standIn.app))[0]?.outcome, 'taken-back')
})
