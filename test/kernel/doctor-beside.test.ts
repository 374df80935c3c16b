/** What the doctor says to type beside the distribution's ufw and firewalld, typed, until nothing is wrong. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setNeighbour } from '../../src/app/neighbours.ts'
import {
  closeDoctorWorld,
  faultsOf,
  GUEST,
  openDoctorWorld,
  ROUTER,
  type DoctorWorld,
} from '../support/doctor-world.ts'
import { openNeighbours, startFirewalld, type Neighbours } from '../support/neighbour-rooms.ts'
import { canPing, run } from '../support/real-app.ts'

const BY = { by: 'test', dryRun: false } as const
/** More than any of them needs. */
const MOST = 6

let neighbours: Neighbours
let world: DoctorWorld

before(async () => {
  neighbours = await openNeighbours()
  world = await openDoctorWorld()
})
after(() => closeDoctorWorld(world))

/** What was typed, in its order. */
async function cure(): Promise<string[]> {
  const typed: string[] = []
  for (let tries = 0; tries < MOST; tries++) {
    const [fault] = faultsOf(await world.ask())
    if (fault === undefined) break
    assert.ok(fault.mend !== undefined, `${fault.what}: no command`)
    assert.ok(!typed.includes(fault.mend), `${fault.mend} has not mended '${fault.what}'`)
    typed.push(fault.mend)
    await world.type(fault.mend)
  }
  assert.deepEqual(faultsOf(await world.ask()), [])
  assert.ok(canPing(GUEST, ROUTER), 'the guest reaches the outside')
  return typed
}

test('ufw: by weft, and in its own words where nothing is asked of it', async () => {
  await neighbours.ask('ufw', '--force', 'enable')
  try {
    assert.deepEqual(await cure(), ['weft net repair lab'])
    await setNeighbour(world.real.app, 'ufw', true, BY)
    assert.deepEqual(await cure(), ['ufw allow in on virbr9', 'ufw route allow in on virbr9'])
  } finally {
    await setNeighbour(world.real.app, 'ufw', false, BY)
    await neighbours.ask('ufw', 'disable')
    for (const program of ['iptables-nft', 'ip6tables-nft'])
      for (const what of ['-F', '-X']) run(program, what)
  }
})

test('firewalld: by weft, and in its own words where nothing is asked of it', async () => {
  const firewalld = await startFirewalld(neighbours)
  try {
    assert.deepEqual(await cure(), ['weft net repair lab'])
    await setNeighbour(world.real.app, 'firewalld', true, BY)
    assert.deepEqual(await cure(), ['firewall-cmd --zone=trusted --change-interface=virbr9'])
  } finally {
    await firewalld.stop()
    await setNeighbour(world.real.app, 'firewalld', false, BY)
  }
})
