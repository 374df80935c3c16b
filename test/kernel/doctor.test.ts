/** The doctor in a real world: it says that all is well when it is, and names the culprit of everything that somebody breaks. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  closeDoctorWorld,
  faultsOf,
  GUEST,
  openDoctorWorld,
  ROUTER,
  type DoctorWorld,
} from '../support/doctor-world.ts'
import type { Fault } from '../../src/core/doctor/check.ts'
import { faultPage, type Finding } from '../support/fault-page.ts'
import { FAULTS, type PlantedFault } from '../support/faults.ts'
import { assertGolden } from '../support/golden.ts'
import { canPing, until } from '../support/real-app.ts'

let world: DoctorWorld
const findings: Finding[] = []
before(async () => {
  world = await openDoctorWorld()
})
after(() => closeDoctorWorld(world))

test('where nothing is wrong it says so, of one guest and of everything', async () => {
  await until('the guest is well', async () => faultsOf(await world.ask(GUEST)).length === 0)
  await until('all is well', async () => faultsOf(await world.ask()).length === 0)
})

for (const fault of FAULTS) {
  test(`${fault.kind}: ${fault.plant}`, async () => {
    await world.type(fault.plant)
    try {
      await diagnose(fault)
    } finally {
      await cure(fault)
    }
  })
}

test('the page has all of them, with what was said', () => {
  const page = join(import.meta.dirname, '../../docs/reference/faults.md')
  assertGolden(page, faultPage(findings, world.real.root))
})

const FIND_LIMIT_MS = 30_000

async function diagnose({ kind, plant, culprit, remedy, isOwn }: PlantedFault): Promise<void> {
  let faults: readonly Fault[] = []
  const isFound = async (): Promise<boolean> => {
    faults = faultsOf(await world.ask(GUEST))
    return faults[0]?.kind === kind && faults[0].culprit.includes(culprit)
  }
  // Who was told to end may be there for a moment more, and the kernel looks at carriers in its own time.
  await until(`${kind} is found`, isFound, FIND_LIMIT_MS).catch(() => undefined)
  const [found, ...more] = faults
  assert.ok(found !== undefined, 'it found nothing')
  findings.push({ plant, fault: found })
  assert.equal(found.kind, kind, found.what)
  assert.ok(found.culprit.includes(culprit), found.culprit)
  assert.deepEqual(more, [], 'it stops at the first')
  assert.equal(found.mend === undefined, found.advice !== undefined)
  if (remedy === undefined) assert.ok(found.mend !== undefined, 'there is a command that mends it')
  if (remedy !== undefined) return
  const everywhere = faultsOf(await world.ask())
  if (isOwn === true) {
    assert.deepEqual(everywhere, [])
    return
  }
  assert.ok(
    everywhere.some((each) => each.kind === kind),
    JSON.stringify(everywhere),
  )
}

/** By what the doctor says, as often as it says something: one fault may have brought another, and some things take a while. */
async function cure({ remedy, isOwn }: PlantedFault): Promise<void> {
  if (remedy !== undefined) await world.type(remedy)
  let left: readonly Fault[] = []
  const typed = new Set<string>()
  const ofGuest = async (): Promise<Fault[]> => faultsOf(await world.ask(GUEST))
  const isWell = async (): Promise<boolean> => {
    left = isOwn === true ? await ofGuest() : faultsOf(await world.ask())
    const next = left.find(({ mend }) => mend !== undefined && !typed.has(mend))?.mend
    if (next === undefined) return left.length === 0
    typed.add(next)
    await world.type(next)
    return false
  }
  await until('nothing is wrong any more', isWell).catch((cause: unknown) => {
    throw new Error(`still wrong: ${JSON.stringify(left)}`, { cause })
  })
  assert.ok(canPing(GUEST, ROUTER), 'the guest reaches the outside again')
}
