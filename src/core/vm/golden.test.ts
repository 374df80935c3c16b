/** The command line of every golden case, against its file; `npm run golden` writes them anew. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import { test } from 'node:test'
import { startPlan } from '../plan/plan.ts'
import { renderPlan } from '../plan/render.ts'
import { goldenFacts, VM_GOLDEN_CASES, type VmGoldenCase } from './golden-cases.ts'
import { seedSteps } from './plan-seed.ts'
import { planVmStart } from './plan-start.ts'
import { planVmStop } from './plan-stop.ts'
import { qemuArgv } from './qemu-args.ts'
import { vmGroup } from './qemu-process.ts'

const facts = goldenFacts('/')

for (const golden of VM_GOLDEN_CASES) {
  test(`the command line of '${golden.name}' is as kept`, () => {
    compare(`${golden.name}.argv`, formatArgv(golden))
  })
}

test('a machine with macvtaps opens them before it is QEMU', () => {
  const { wanted, ...context } = VM_GOLDEN_CASES.find(({ name }) => name === 'macvtaps')!
  const nics = { before: [], serve: [], plug: [] }
  const seen = { isRunning: false, hasRunDirectory: false }
  compare('macvtaps.sh', renderPlan(planVmStart(wanted, seen, { facts, ...context }, nics)))
})

for (const name of ['from-a-cloud-image', 'own-user-data']) {
  test(`the seed of '${name}' is as kept, and its secrets are not shown`, () => {
    const { wanted, ...context } = VM_GOLDEN_CASES.find((golden) => golden.name === name)!
    const steps = seedSteps(wanted, { facts, ...context })
    const script = renderPlan(startPlan(`make the seed of machine '${wanted.name}'`, steps))
    assert.doesNotMatch(script, /hunter2/)
    compare(`${name}.sh`, script)
  })
}

test('what a machine was started with is remembered without secrets', () => {
  const { wanted, ...context } = VM_GOLDEN_CASES.find(({ name }) => name === 'own-user-data')!
  const nics = { before: [], serve: [], plug: [] }
  const seen = { isRunning: false, hasRunDirectory: false }
  const { steps } = planVmStart(wanted, seen, { facts, ...context }, nics)
  const told = steps.filter((step) => step.do.kind === 'write' && step.do.content.includes('hunter2'))
  assert.deepEqual(
    told.map((step) => step.do.kind === 'write' && [step.do.path, step.do.mode, step.do.isSecret]),
    [['/run/weft/vms/web/seed/user-data', 0o600, true]],
  )
})

test('the start and the stop of a machine are as kept', () => {
  const { wanted, ...context } = VM_GOLDEN_CASES.find(({ name }) => name === 'direct-kernel')!
  const start = planVmStart(
    wanted,
    { isRunning: false, hasRunDirectory: false },
    { facts, ...context },
    {
      before: [],
      serve: [],
      plug: [],
    },
  )
  const stop = planVmStop(
    wanted.name,
    { isRunning: true, hasRunDirectory: true, group: vmGroup(facts, wanted.name)! },
    facts,
    [],
  )
  compare('start.sh', renderPlan(start))
  compare('stop.sh', renderPlan(stop))
})

/** An option and its value on each line. */
function formatArgv({ wanted, ...context }: VmGoldenCase): string {
  const words = qemuArgv(wanted, { facts, ...context })
  const lines = words.map((word, i) => (word.startsWith('-') || i === 0 ? `\n${word}` : ` ${word}`))
  return `${lines.join('').trim()}\n`
}

function compare(name: string, text: string): void {
  const path = join(import.meta.dirname, 'golden', name)
  if (env['WEFT_GOLDEN'] === 'write') writeFileSync(path, text)
  assert.equal(text, readFileSync(path, 'utf8'))
}
