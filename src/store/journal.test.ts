/** The journal survives a crash at any byte, and numbers are never given twice. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { NO_SNAPSHOT } from '../core/host/snapshot.ts'
import { pathsUnder, type Paths } from '../core/host/paths.ts'
import { run } from '../core/plan/action.ts'
import { lastingPlan, noUndo, startPlan } from '../core/plan/plan.ts'
import { openJournal } from './open-journal.ts'

let root: string
let paths: Paths
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'weft-journal-'))
  paths = pathsUnder(root)
})
afterEach(() => {
  rmSync(root, { recursive: true })
})

const step = (word: string) => ({ reason: word, do: run('echo', word), undo: noUndo('') })
const plan = startPlan('start something', [step('one'), step('two'), step('drei €')])
test('a plan that was running is found with the steps it had done', async () => {
  const entry = await openJournal(paths).begin(plan, 'anna')
  await entry.stepDone(0)
  await entry.stepDone(1)
  const [found, ...others] = await openJournal(paths).unfinished()
  assert.deepEqual(others, [])
  assert.deepEqual(found?.plan, plan)
  assert.equal(found.stepsDone, 2)
  await found.close('taken-back')
  assert.deepEqual(await openJournal(paths).unfinished(), [])
  assert.equal((await openJournal(paths).history())[0]?.outcome, 'taken-back')
})

test('cut off at any byte, the journal never tells of a step that was not done nor forgets one that was', async () => {
  const journal = openJournal(paths)
  const entry = await journal.begin(plan, 'anna')
  const file = join(paths.run, 'journal', '1.jsonl')
  const lengths = [statSync(file).size]
  for (const index of plan.steps.keys()) {
    await entry.stepDone(index)
    lengths.push(statSync(file).size)
  }
  const whole = readFileSync(file)
  for (let length = 0; length <= whole.length; length += 1) {
    writeFileSync(file, whole.subarray(0, length))
    const found = (await openJournal(paths).unfinished())[0]
    const expected = lengths.filter((end) => end <= length).length - 1
    assert.equal(found?.stepsDone, expected < 0 ? undefined : expected, `${length} bytes`)
  }
})

test('steps that were added later are found and remembered with the others', async () => {
  const journal = openJournal(paths)
  const entry = await journal.begin({ ...plan, steps: plan.steps.slice(0, 1) }, 'anna')
  await entry.stepDone(0)
  await entry.extend(plan.steps.slice(1))
  await entry.stepDone(1)
  const [found] = await openJournal(paths).unfinished()
  assert.deepEqual(found?.plan, plan)
  assert.equal(found.stepsDone, 2)
  await entry.finish('done', NO_SNAPSHOT, NO_SNAPSHOT)
  assert.deepEqual((await journal.history())[0]?.plan, plan)
})

test('a finished change is in the history and no longer running', async () => {
  const journal = openJournal(paths)
  const entry = await journal.begin(plan, 'anna')
  await entry.finish('done', NO_SNAPSHOT, { ...NO_SNAPSHOT, links: ['virbr0'] })
  const [change] = await journal.history()
  assert.equal(change?.by, 'anna')
  assert.deepEqual(change.after.links, ['virbr0'])
  assert.deepEqual(await journal.unfinished(), [])
})

test('dying between history and journal leaves a finished change, not an unfinished one', async () => {
  const entry = await openJournal(paths).begin(plan, 'anna')
  const file = join(paths.run, 'journal', '1.jsonl')
  const running = readFileSync(file)
  await entry.finish('done', NO_SNAPSHOT, NO_SNAPSHOT)
  writeFileSync(file, running)
  assert.deepEqual(await openJournal(paths).unfinished(), [])
  assert.equal((await openJournal(paths).history())[0]?.outcome, 'done')
})

test('plans that change lasting files are journalled where those live, and hidden from others', async () => {
  await openJournal(paths).begin(lastingPlan('define', plan.steps), 'anna')
  assert.deepEqual(readdirSync(join(paths.lib, 'journal')), ['1.jsonl'])
  assert.equal(statSync(join(paths.lib, 'journal', '1.jsonl')).mode & 0o777, 0o600)
  assert.equal((await openJournal(paths).unfinished())[0]?.plan.title, 'define')
})

test('the history keeps the last 200 changes and never gives a number twice', async () => {
  for (let round = 0; round < 205; round += 1) {
    const entry = await openJournal(paths).begin(plan, 'anna')
    assert.equal(entry.number, round + 1)
    await entry.finish('done', NO_SNAPSHOT, NO_SNAPSHOT)
  }
  const numbers = (await openJournal(paths).history()).map((change) => change.number)
  assert.deepEqual([numbers.length, numbers[0], numbers.at(-1)], [200, 6, 205])
})
