/** Addresses that stay: real DHCP clients with the MACs of machines, a small range, and everything that could move them. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { lookAtNetworks } from '../../src/app/live-network.ts'
import { removePort } from '../../src/app/network-ports.ts'
import { networkAddresses } from '../../src/app/network-leases.ts'
import { defineNetwork, startNetwork, stopNetwork } from '../../src/app/networks.ts'
import type { App } from '../../src/app/ports.ts'
import { repairNetworks } from '../../src/app/repair.ts'
import { setVm } from '../../src/app/set-vm.ts'
import { deleteVm } from '../../src/app/delete-vm.ts'
import { dnsmasqFiles, leaseFile } from '../../src/core/host/paths.ts'
import type { NetworkSpec } from '../../src/core/network/spec.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { plugGuest } from '../support/guest-world.ts'
import { makeRoot, openRealApp, removeRoot, run, until, type RealApp } from '../support/real-app.ts'

/** Five addresses for guests. */
const LAB = `
name: lab
mode: isolated
addresses:
  - address: 10.5.0.1/29
    dhcp: {range: 10.5.0.2-10.5.0.6}
  - address: fd05::1/64
    dhcp: {range: "fd05::100-fd05::1ff"}
`
const request = { by: 'test', dryRun: false }
let real: RealApp
let app: App
let lab: NetworkSpec

before(async () => {
  real = openRealApp(makeRoot())
  const acceleration = () => Promise.resolve({ kind: 'tcg', because: 'none is booted here' } as const)
  app = { ...real.app, host: { ...real.app.host, acceleration } }
  await defineNetwork(app, await readNetworkDefinition(LAB), request)
  await startNetwork(app, 'lab', request)
  lab = app.networks.find('lab')?.spec ?? assert.fail()
  writeFileSync(`${real.root}/show`, '#!/bin/sh\necho ip=$ip\n', { mode: 0o755 })
})

after(async () => {
  await stopNetwork(app, 'lab', { ...request, force: true })
  run('ip', '-all', 'netns', 'delete')
  real.close()
  removeRoot(real.root)
})

const macOf = (letter: string): string => `52:54:00:00:01:0${letter}`
const plug = (letter: string): Promise<string> => plugGuest(app, lab, [1, letter], {})

/** What a guest is given; undefined when nothing. */
function ask(guest: string, ...more: string[]): string | undefined {
  const words = ['udhcpc', '-i', 'eth0', '-n', '-q', '-f', '-t', '10', '-T', '1', '-s', `${real.root}/show`]
  try {
    return /ip=(\S+)/.exec(run('ip', 'netns', 'exec', guest, 'busybox', ...words, ...more))?.[1]
  } catch {
    return undefined
  }
}

function ask6(guest: string, letter: string): string {
  const script = join(import.meta.dirname, '../support/dhcp6-solicit.ts')
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', script]
  return run('ip', 'netns', 'exec', guest, ...node, 'eth0', macOf(letter)).trim()
}

async function create(name: string, letter: string, more = ''): Promise<readonly string[]> {
  const { notes } = await createVm(app, { name, nets: [`lab,mac=${macOf(letter)}${more}`] }, request)
  return notes
}

const pid = (): string => readFileSync(dnsmasqFiles(app.facts.paths, 'lab').pid, 'utf8')
const leases = (): string => readFileSync(leaseFile(app.facts.paths, 'lab'), 'utf8')

test('a machine has its addresses as soon as it is created, and its guest gets them', async () => {
  assert.ok((await create('a', 'a')).includes("address on network 'lab': 10.5.0.6 and fd05::1ff"))
  const guest = await plug('a')
  assert.equal(ask(guest), '10.5.0.6')
  await until('the host knows the guest by its MAC', () => ask6(guest, 'a').endsWith(':01ff'))
})

test('two guests that send one client id do not fight', async () => {
  const other = await plug('b')
  const id = ['-x', '0x3d:010203']
  assert.equal(ask('lab-a', ...id), '10.5.0.6')
  const second = ask(other, ...id)
  assert.notEqual(second, '10.5.0.6')
  assert.deepEqual([ask('lab-a', ...id), ask(other, ...id)], ['10.5.0.6', second])
})

test('a range that is full has room for machines that are off, and for nobody else', async () => {
  await create('c', 'c')
  await create('d', 'd')
  assert.notEqual(ask(await plug('e')), undefined)
  assert.equal(ask(await plug('f')), undefined)
  assert.equal(ask(await plug('c')), '10.5.0.5')
})

test('neither a lost lease file, nor dnsmasq started anew, nor a weftd that begins again moves a guest', async () => {
  const old = pid().trim()
  process.kill(Number(old), 'SIGKILL')
  // Nothing of it is left but what a parent has not looked at yet.
  await until('it has gone', () => run('sh', '-c', `cat /proc/${old}/cmdline 2>/dev/null || true`) === '')
  rmSync(leaseFile(app.facts.paths, 'lab'))
  const again = openRealApp(real.root)
  try {
    assert.deepEqual(await repairNetworks(again.app), ["serve names and addresses on 'lab'"])
  } finally {
    again.close()
  }
  // Whoever asks first does not get what is meant for others.
  assert.notEqual(ask('lab-f'), undefined)
  assert.deepEqual([ask('lab-a'), ask('lab-c')], ['10.5.0.6', '10.5.0.5'])
})

test('whoever is listed has a lease, or an address that is kept', async () => {
  const listed = (await networkAddresses(app, 'lab')).map(({ mac, ip, isLeased, keptFor }) =>
    [mac, ip, isLeased ? 'lease' : '-', keptFor ?? '-'].join(' '),
  )
  for (const line of [
    `${macOf('a')} 10.5.0.6 lease machine a`,
    `${macOf('d')} 10.5.0.4 - machine d`,
    `${macOf('d')} fd05::1fd - machine d`,
  ])
    assert.ok(listed.includes(line), `${line} is not in\n${listed.join('\n')}`)
})

test('a lease of a guest that is away is given back when its address is meant for another', async () => {
  await deleteVm(app, 'd', request)
  const [, stranger = ''] =
    / (10\S+)/.exec(
      leases()
        .split('\n')
        .find((line) => line.includes(macOf('f'))) ?? '',
    ) ?? []
  await removePort(app, 'lab', 'lab-f', request)
  const before = pid()
  const { plan } = await createVm(
    app,
    { name: 'f2', nets: [`lab,mac=${macOf('9')},ip=${stranger}`] },
    request,
  )
  assert.equal(plan.steps.filter((step) => step.do.kind === 'release').length, 1)
  assert.doesNotMatch(leases(), new RegExp(macOf('f')))
  assert.equal(pid(), before, 'dnsmasq was not started again for it')
  assert.equal(ask(await plug('9')), stranger)
})

test('a deleted machine leaves its address and its lease to others', async () => {
  await removePort(app, 'lab', 'lab-c', request)
  await deleteVm(app, 'c', request)
  assert.doesNotMatch(leases(), new RegExp(macOf('c')))
  assert.ok(
    (await create('g', '8', ',ip=10.5.0.5')).includes("address on network 'lab': 10.5.0.5 and fd05::1fe"),
  )
})

test('addresses that are not to be had are refused, all at once and with the reason', async () => {
  const refused = async (more: string): Promise<string> => {
    const error = await create('x', '7', more).then(
      () => assert.fail(`${more} was taken`),
      (reason: unknown) => reason as { problems: { message: string }[] },
    )
    return error.problems.map(({ message }) => message).join('; ')
  }
  assert.equal(await refused(',ip=10.6.0.2'), '10.6.0.2 is not inside 10.5.0.0/29')
  assert.match(await refused(',ip=10.5.0.1'), /this host's own address/)
  assert.match(await refused(',ip=10.5.0.7'), /the broadcast address/)
  assert.equal(
    await refused(',ip=10.5.0.6,ip=fd05::1ff'),
    "10.5.0.6 is kept for machine 'a'; fd05::1ff is kept for machine 'a'",
  )
  const leased = ask('lab-e') ?? ''
  assert.equal(await refused(`,ip=${leased}`), `${leased} is leased by ${macOf('e')}, which is plugged in`)
  assert.equal(app.vms.find('x'), undefined)
})

test('a machine that is there is given another address, and its guest has it when it asks again', async () => {
  await deleteVm(app, 'g', request)
  const set = (...ips: string[]) => setVm(app, 'a', { ips }, request)
  const { notes, plan } = await set('10.5.0.5')
  assert.deepEqual(notes, ["address on network 'lab': 10.5.0.5 and fd05::1ff"])
  assert.ok(plan.steps.every((step) => step.disrupts === undefined))
  assert.equal(app.vms.find('a')?.nics[0]?.ip, '10.5.0.5')
  assert.equal(ask('lab-a', '-r', '10.5.0.6'), '10.5.0.5')
  assert.equal((await set('10.5.0.5')).result, 'already-set')
  assert.equal((await set()).result, 'set')
  assert.equal(app.vms.find('a')?.nics[0]?.ip, undefined)
  assert.equal(ask('lab-a'), '10.5.0.5', 'it keeps what it has')
  await assert.rejects(set('10.9.0.1'), { code: 'invalid-argument' })
  await assert.rejects(set('10.5.0.1'), { code: 'invalid-definition' })
})

test('what is kept is seen by planners, and all is as wanted', async () => {
  const seen = await lookAtNetworks(app, ['lab'])
  assert.ok(seen.files.has(leaseFile(app.facts.paths, 'lab')))
  assert.deepEqual(await repairNetworks(app), [])
})
