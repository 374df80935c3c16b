/** A guest that runs gets and loses NICs and CDs, and is moved to another network: seen from inside. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { changeCd } from '../../src/app/change-cd.ts'
import { attachNic, detachNic, moveNic } from '../../src/app/change-nics.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { defineNetwork, startNetwork } from '../../src/app/networks.ts'
import type { App } from '../../src/app/ports.ts'
import { getVm, readLive, showVm } from '../../src/app/vm-state.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { Action } from '../../src/core/plan/action.ts'
import { WeftError } from '../../src/core/errors.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import {
  askGuest,
  byTest,
  guestDraft,
  guestImage,
  newRoot,
  openWeftWithNetwork,
  waitForConsole,
} from './weft-world.ts'

const LAB =
  "<network><name>lab</name><bridge name='virbr9'/><ip address='10.99.0.1' netmask='255.255.255.0'>" +
  "<dhcp><range start='10.99.0.10' end='10.99.0.99'/></dhcp></ip></network>"

const root = newRoot()
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeftWithNetwork(root)
  app = built.app
  await defineNetwork(app, await readNetworkDefinition(LAB), byTest)
  await startNetwork(app, 'lab', byTest)
  const draft = guestDraft('web', await guestImage(root))
  await createVm(app, { ...draft, cdroms: [disc('one')] }, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest ready/)
})

after(async () => {
  await killVm(app, 'web', byTest)
  built.close()
})

test('a NIC that is attached appears in the guest, gets its lease, and leaves the other where it is', async () => {
  const before = await askGuest(app, 'web', 'readlink /sys/class/net/eth0/device')
  assert.equal((await attachNic(app, 'web', 'lab', byTest)).result, 'attached')
  await untilGuest('test -e /sys/class/net/eth1')
  assert.match(
    await askGuest(
      app,
      'web',
      'ip link set eth1 up; udhcpc -q -n -t 20 -i eth1 -s /etc/udhcpc.script >/dev/null 2>&1; ip -4 addr show eth1',
    ),
    /inet 10\.99\.0\.\d+/,
  )
  assert.equal(await askGuest(app, 'web', 'readlink /sys/class/net/eth0/device'), before)
  const nics = (await showVm(app, 'web')).nics
  assert.deepEqual(
    nics.map(({ network }) => network),
    ['default', 'lab'],
  )
  assert.match(nics[1]?.ip ?? '', /^10\.99\.0\./)
})

test('whichever step of an attachment fails, machine, host and definition are as before', async () => {
  const before = await state()
  const { plan } = await attachNic(app, 'web', 'lab', { ...byTest, dryRun: true })
  for (const index of plan.steps.keys()) {
    await assert.rejects(attachNic(failingAt(index), 'web', 'lab', byTest), { code: 'command-failed' })
    await app.vms.refresh('web')
    assert.deepEqual(await state(), before, plan.steps[index]?.reason)
  }
})

test('whichever step of a move or a detachment fails, machine, host and definition are as before', async () => {
  const before = await state()
  const changes = [
    (on: App, dryRun: boolean) => moveNic(on, 'web', 'default', { ...byTest, dryRun, network: 'lab' }),
    (on: App, dryRun: boolean) => detachNic(on, 'web', 'lab', { ...byTest, dryRun }),
  ]
  for (const change of changes) {
    const { plan } = await change(app, true)
    for (const index of plan.steps.keys()) {
      await assert.rejects(change(failingAt(index), false), { code: 'command-failed' })
      await app.vms.refresh('web')
      await untilGuest('test -e /sys/class/net/eth1')
      assert.deepEqual(await state(), before, plan.steps[index]?.reason)
    }
  }
})

test('a NIC that is detached goes from the guest and from this host', async () => {
  const tap = (await showVm(app, 'web')).nics[1]?.interface ?? ''
  assert.equal((await detachNic(app, 'web', tap, byTest)).result, 'detached')
  await untilGuest('test ! -e /sys/class/net/eth1')
  assert.equal(await askGuest(app, 'web', 'ls /sys/class/net'), 'eth0  lo [0]')
  assert.doesNotMatch(execFileSync('ip', ['-br', 'link'], { encoding: 'utf8' }), new RegExp(`^${tap} `, 'm'))
  assert.deepEqual((await readLive(app, 'web'))?.spec.nics, getVm(app, 'web').nics)
})

test('a NIC is moved to another network: same card, other switch, other address', async () => {
  const mac = await askGuest(app, 'web', 'cat /sys/class/net/eth0/address')
  const carrier = 'cat /sys/class/net/eth0/carrier_changes'
  const changes = Number((await askGuest(app, 'web', carrier)).split(' ')[0])
  assert.equal((await moveNic(app, 'web', 'default', { ...byTest, network: 'lab' })).result, 'moved')
  await untilGuest(`test $(${carrier}) -ge ${changes + 2}`)
  const lease = 'udhcpc -q -n -t 20 -i eth0 -s /etc/udhcpc.script >/dev/null 2>&1; ip -4 addr show eth0'
  assert.match(await askGuest(app, 'web', lease), /inet 10\.99\.0\.\d+/)
  assert.equal(await askGuest(app, 'web', 'cat /sys/class/net/eth0/address'), mac)
  assert.equal((await moveNic(app, 'web', 'lab', { ...byTest, network: 'lab' })).result, 'already-there')
})

test('a CD is changed while the guest runs, and taken out', async () => {
  const two = disc('two')
  assert.equal((await changeCd(app, 'web', { drive: 0, path: two }, byTest)).result, 'changed')
  assert.equal(getVm(app, 'web').cdroms[0]?.path, two)
  assert.match(await qmpBlock(), /two\.iso/)
  assert.equal((await changeCd(app, 'web', { drive: 0, path: undefined }, byTest)).result, 'changed')
  assert.deepEqual(getVm(app, 'web').cdroms, [{}])
  assert.doesNotMatch(await qmpBlock(), /\.iso/)
  await assert.rejects(changeCd(app, 'web', { drive: 1, path: two }, byTest), { code: 'not-found' })
})

/** A file with a name on it: nobody reads it. */
function disc(name: string): string {
  const path = join(root, `${name}.iso`)
  writeFileSync(path, name.repeat(2048))
  return path
}

async function qmpBlock(): Promise<string> {
  const { qmpCommand } = await import('../../src/qemu/qmp.ts')
  const { vmFiles } = await import('../../src/core/vm/context.ts')
  return JSON.stringify(await qmpCommand(vmFiles(app.facts.paths, 'web').qmp, 'query-block'))
}

async function untilGuest(condition: string): Promise<void> {
  const answer = await askGuest(
    app,
    'web',
    `n=0; until ${condition}; do n=$((n+1)); [ $n -lt 300 ] || break; sleep 0.2; done; ${condition}`,
  )
  assert.match(answer, /\[0\]$/, condition)
}

/** What must not be changed by a change that fails. Whether a cable has carrier at this moment is not part of it. */
async function state(): Promise<unknown> {
  const links = JSON.parse(execFileSync('ip', ['-j', 'link'], { encoding: 'utf8' })) as Record<
    string,
    unknown
  >[]
  const seen = links.map(({ ifname, master, ifalias, address, mtu }) => [
    ifname,
    master,
    ifalias,
    address,
    mtu,
  ])
  return {
    seen: seen.map((words) => words.join(' ')).sort(),
    spec: getVm(app, 'web'),
    live: await readLive(app, 'web'),
  }
}

function failingAt(step: number): App {
  let performed = 0
  const perform = async (action: Action): Promise<void> => {
    if (performed++ === step) throw new WeftError('command-failed', 'told to fail')
    await app.host.perform(action)
  }
  return { ...app, host: { ...app.host, perform } }
}
