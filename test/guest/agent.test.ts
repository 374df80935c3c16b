/** Inside a guest, by its agent: programs and what becomes of them; and what is said where no agent is. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { execInVm } from '../../src/app/guest-agent.ts'
import { writeInVm } from '../../src/app/guest-files.ts'
import { apiSocket } from '../../src/core/host/paths.ts'
import { createApiServer } from '../../src/http/server.ts'
import type { WeftEvent } from '../../src/app/event-ports.ts'
import { findFaults } from '../../src/app/doctor.ts'
import type { App } from '../../src/app/ports.ts'
import type { Fault } from '../../src/core/doctor/check.ts'
import { defineNetwork, startNetwork } from '../../src/app/networks.ts'
import { stopVm } from '../../src/app/stop-vm.ts'
import { waitForVm } from '../../src/app/wait-vm.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { showVmWithAddresses, vmAddresses } from '../../src/app/vm-addresses.ts'
import { showVm } from '../../src/app/vm-state.ts'
import { vmStats } from '../../src/app/vm-stats.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { START_AGENT, withAgent } from '../support/agent-image.ts'
import { faultsOf } from '../support/doctor-world.ts'
import { until } from '../support/real-app.ts'
import {
  askGuest,
  byTest,
  guestDraft,
  guestImage,
  newRoot,
  openWeftWithNetwork,
  waitForConsole,
} from './weft-world.ts'

/** Nobody gives addresses there. */
const QUIET =
  "<network><name>quiet</name><bridge name='virbr9'/><ip address='10.9.8.1' netmask='255.255.255.0'/></network>"

const root = newRoot()
let built: BuiltApp
let app: App
const heard: WeftEvent[] = []
const news = (what: string): number => heard.filter((event) => 'what' in event && event.what === what).length

before(async () => {
  built = await openWeftWithNetwork(root)
  app = built.app
  app.events.subscribe((event) => {
    heard.push(event)
  })
  const image = await withAgent(await guestImage(root), root)
  await defineNetwork(app, await readNetworkDefinition(QUIET), byTest)
  await startNetwork(app, 'quiet', byTest)
  const draft = { ...guestDraft('web', image), nets: ['default', 'quiet'], memoryMiB: 192 }
  await createVm(app, draft, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest ready/)
})

after(async () => {
  if (app.machines.isRunning('web')) await killVm(app, 'web', byTest)
  built.close()
})

/** Waited for without holding this process up, which answers it. */
function weft(
  ...words: string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const program = join(import.meta.dirname, '../../bin/weft')
  return new Promise((resolve) => {
    execFile(program, words, { env: { ...process.env, WEFT_ROOT: root } }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

const text = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')
const base64 = (words: string): string => Buffer.from(words).toString('base64')
const run = async (...argv: string[]): Promise<readonly [string, string, number | undefined]> => {
  const { stdout, stderr, exitCode } = await execInVm(app, 'web', { argv })
  return [text(stdout), text(stderr), exitCode]
}

test('without an agent in the guest that is said at once, with what to install', async () => {
  await assert.rejects(stopVm(app, 'web', { ...byTest, mode: 'agent' }), {
    code: 'wrong-state',
    hint: /qemu-guest-agent/,
  })
  await assert.rejects(vmAddresses(app, 'web', 'agent'), { code: 'wrong-state', hint: /qemu-guest-agent/ })
  await assert.rejects(waitForVm(app, 'web', 'agent', 1), {
    code: 'timeout',
    message: /no agent that answers/,
  })
  await assert.rejects(execInVm(app, 'web', { argv: ['true'] }), {
    code: 'wrong-state',
    hint: /qemu-guest-agent/,
  })
  await assert.rejects(execInVm(app, 'nobody', { argv: ['true'] }), { code: 'not-found' })
  await assert.rejects(execInVm(app, 'web', { argv: [] }), { code: 'invalid-argument' })
})

test('it is waited for until an agent answers, and everybody hears of it', async () => {
  const reached = waitForVm(app, 'web', 'agent')
  assert.match(await askGuest(app, 'web', START_AGENT), /\[0\]$/)
  assert.deepEqual(await reached, { ip: null })
  await until('its coming is told', () => news('agent-connected') === 1)
})

test('addresses are told by whoever knows them, and the best that is known is shown', async () => {
  const known = async (): Promise<unknown> => (await showVm(app, 'web')).nics.map(({ ipSource }) => ipSource)
  assert.deepEqual(await known(), ['lease', undefined])
  await askGuest(app, 'web', 'ip address add 10.9.8.7/24 dev eth1')
  let asked = await showVmWithAddresses(app, 'web')
  // An agent without KVM may be later than somebody who only looks waits for it.
  await until('the agent has told its addresses', async () => {
    asked = await showVmWithAddresses(app, 'web')
    return asked.nics[1]?.ip !== undefined
  })
  assert.deepEqual(
    asked.nics.map(({ ip, ipSource }) => [ip === asked.nics[0]?.ip ? 'leased' : ip, ipSource]),
    [
      ['leased', 'lease'],
      ['10.9.8.7', 'agent'],
    ],
  )
  assert.match(await askGuest(app, 'web', 'ping -c 1 -W 20 10.9.8.1'), /\[0\]$/)
  assert.deepEqual(await known(), ['lease', 'arp'])

  const [first, second] = asked.nics
  let all = await vmAddresses(app, 'web')
  await until('everybody has told theirs', async () => {
    all = (await vmAddresses(app, 'web')).filter(({ ip }) => !ip.startsWith('fe80:'))
    return all.some(({ source }) => source === 'agent')
  })
  const rows = all.map(({ mac, ip, prefix, guestInterface, source }) => [
    mac,
    ip,
    prefix,
    guestInterface,
    source,
  ])
  const ip = first?.ip
  for (const row of [
    [first?.mac, ip, undefined, undefined, 'lease'],
    [first?.mac, ip, 24, 'eth0', 'agent'],
    [second?.mac, '10.9.8.7', 24, 'eth1', 'agent'],
    [second?.mac, '10.9.8.7', undefined, undefined, 'arp'],
  ])
    assert.ok(
      rows.some((each) => JSON.stringify(each) === JSON.stringify(row)),
      `${JSON.stringify(row)} in ${JSON.stringify(rows)}`,
    )
  const leased = await vmAddresses(app, 'web', 'lease')
  assert.deepEqual(
    leased.map((each) => [each.ip, each.source]),
    [[ip, 'lease']],
  )
})

const asked = async (): Promise<readonly Fault[]> =>
  // This world has no way out and no name server.
  faultsOf(await findFaults(app, 'web:nic0')).filter(({ culprit }) => culprit.includes('web'))

const INSIDE: readonly (readonly [kind: string, typed: string, mended: string])[] = [
  ['guest-end-down', 'ip link set eth0 down', 'ip link set dev eth0 up'],
  ['guest-gateway', 'ip route replace default via 192.168.122.77 dev eth0', 'ip route replace default via'],
  ['guest-no-route', 'ip route del default', 'ip route add default via'],
  ['guest-address', 'ip address flush dev eth0', 'ip address replace'],
]

test('the doctor asks it what is wrong in there, and what he says to type mends it', async () => {
  assert.deepEqual(await asked(), [])
  for (const [kind, typed, mended] of INSIDE) {
    await askGuest(app, 'web', typed)
    // An agent that takes its time is asked again.
    await until(`${kind} is told`, async () => (await asked())[0]?.kind === kind)
    const [fault] = await asked()
    assert.match(fault?.culprit ?? '', /machine web$/)
    assert.ok(fault?.mend?.startsWith(`weft vm exec web -- ${mended}`), fault?.mend)
    await until(`'${typed}' is mended`, async () => {
      const [left] = await asked()
      if (left?.mend === undefined) return left === undefined
      for (const line of left.mend.split(' && '))
        await execInVm(app, 'web', { argv: line.replace('weft vm exec web -- ', '').split(' ') })
      return false
    })
  }
})

test('a guest is asked for its memory when somebody looks, and its answer is there at the next look', async () => {
  const memory = async () => (await vmStats(app, 'web'))[0]?.memory
  assert.equal(await memory(), undefined)
  await askGuest(app, 'web', 'insmod /modules/virtio_balloon.ko')
  await until('it has said something', async () => (await memory()) !== undefined)
  const said = await memory()
  const total =
    Number(/\d+/.exec(await askGuest(app, 'web', 'busybox grep MemTotal /proc/meminfo'))?.[0]) * 1024
  assert.ok(said !== undefined)
  assert.equal(said.total, total)
  assert.ok((said.available ?? 0) > 0 && (said.available ?? 0) < total)
  // It is asked anew each time.
  await until('it says it again', async () => ((await memory())?.at ?? 0) > said.at)
})

test('a program runs in the guest: what it prints, what it reads, how it ends', async () => {
  assert.deepEqual(await run('/bin/hostname'), ['web\n', '', 0])
  assert.deepEqual(await run('/bin/sh', '-c', 'echo Größe; echo no >&2; exit 7'), ['Größe\n', 'no\n', 7])
  assert.equal((await execInVm(app, 'web', { argv: ['/bin/sh', '-c', 'kill -9 $$'] })).signal, 9)
  const echoed = await execInVm(app, 'web', { argv: ['/bin/cat'], input: base64('from outside') })
  assert.equal(text(echoed.stdout), 'from outside')
})

test('what an agent will not do, and what does not end, is an error that says so', async () => {
  await assert.rejects(run('/bin/nothing'), { code: 'command-failed', message: /nothing/ })
  await assert.rejects(execInVm(app, 'web', { argv: ['/bin/sleep', '600'], limitSeconds: 1 }), {
    code: 'timeout',
    message: /goes on as process \d+/,
  })
})

test('calls wait for their turn, and a large answer comes whole', async () => {
  const answers = await Promise.all(
    ['one', 'two', 'three', 'four'].map((word) => run('/bin/sh', '-c', `echo ${word}`)),
  )
  assert.deepEqual(
    answers.map(([said]) => said),
    ['one\n', 'two\n', 'three\n', 'four\n'],
  )
  const [many] = await run('/bin/seq', '1', '50000')
  assert.equal(many.split('\n').length, 50_001)
})

test('an agent that hangs is a timeout, and the next one to answer is understood', async () => {
  await askGuest(app, 'web', 'kill -STOP $(cat /tmp/agent.pid)')
  await assert.rejects(run('/bin/hostname'), { code: 'timeout' })
  await askGuest(app, 'web', 'kill -CONT $(cat /tmp/agent.pid)')
  assert.deepEqual(await run('/bin/hostname'), ['web\n', '', 0])
})

test('a file goes into the guest and out of it, whole and with its permissions', async () => {
  const server = createApiServer({ app, isReadOnly: false, log: () => undefined })
  server.listen(apiSocket(app.facts.paths))
  await once(server, 'listening')
  const here = mkdtempSync(join(tmpdir(), 'cp-'))
  const big = join(here, 'big')
  writeFileSync(big, randomBytes(1_500_001))
  chmodSync(big, 0o750)
  try {
    assert.equal((await weft('vm', 'cp', big, 'web:/tmp/')).code, 0)
    const sum = createHash('sha256').update(readFileSync(big)).digest('hex')
    assert.match(await askGuest(app, 'web', 'busybox sha256sum /tmp/big'), new RegExp(sum))
    assert.match(await askGuest(app, 'web', 'busybox stat -c %a /tmp/big'), /^750 /)
    const back = join(here, 'back')
    assert.deepEqual(JSON.parse((await weft('vm', 'cp', 'web:/tmp/big', back, '--json')).out), {
      ...{ vm: 'web', path: '/tmp/big', file: back, bytes: 1_500_001 },
    })
    assert.deepEqual(readFileSync(back), readFileSync(big))
    assert.equal(statSync(back).mode & 0o777, 0o750)
    await askGuest(app, 'web', 'echo from the guest >/tmp/said')
    assert.equal((await weft('vm', 'cp', 'web:/tmp/said', '-')).out, 'from the guest\n')

    for (const [words, code, why] of [
      [['web:/tmp/none', back], 1, /No such file/],
      [['web:/tmp', back], 1, /Is a directory/],
      [[big, 'web:/tmp'], 2, /is a directory of the guest/],
      [[big, 'web:tmp/big'], 2, /no absolute path/],
      [[here, 'web:/tmp/'], 2, /is a directory[^]*tar c/],
      [['web:/tmp/big', 'web:/tmp/more'], 2, /both of them/],
      [[big, 'nobody:/tmp/'], 3, /no machine named 'nobody'/],
    ] as const) {
      const { code: ended, err } = await weft('vm', 'cp', ...words)
      assert.match(err, why)
      assert.equal(ended, code, err)
    }
    assert.deepEqual(readFileSync(back), readFileSync(big))
  } finally {
    server.close()
  }
})

test('a file that breaks off leaves nothing behind, and what was there is as it was', async () => {
  const breaksOff = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half')
    await Promise.resolve()
    throw new Error('it breaks off')
  }
  await assert.rejects(writeInVm(app, 'web', { path: '/tmp/said', pieces: breaksOff }), /breaks off/)
  assert.equal(await askGuest(app, 'web', 'cat /tmp/said; ls /tmp/*.part 2>/dev/null'), 'from the guest [1]')
})

test('where the agent may run nothing a file is written in place, and that is said', async () => {
  await askGuest(app, 'web', 'kill $(cat /tmp/agent.pid)')
  await until('its going is told', () => news('agent-disconnected') === 1)
  await askGuest(app, 'web', `${START_AGENT} -b guest-exec`)
  await waitForVm(app, 'web', 'agent')
  await until('its coming is told', () => news('agent-connected') === 2)
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from('in place\n'))
  }
  const order = { path: '/tmp/said', mode: '600', pieces }
  assert.deepEqual(await writeInVm(app, 'web', order), { bytes: 9, isInPlace: true })
  assert.equal(await askGuest(app, 'web', 'cat /tmp/said'), 'in place [0]')
})

test('a guest that does not hear its power button is shut down by its agent', async () => {
  await askGuest(app, 'web', 'kill $(cat /tmp/acpid.pid)')
  await assert.rejects(stopVm(app, 'web', { ...byTest, mode: 'acpi', limitMs: 1000 }), { code: 'timeout' })
  // What the agent runs.
  const poweroff = "printf '#!/bin/sh\\npoweroff -f\\n' > /sbin/shutdown"
  await askGuest(app, 'web', `mkdir -p /sbin; ${poweroff}; chmod +x /sbin/shutdown`)
  assert.equal((await stopVm(app, 'web', byTest)).result, 'stopped')
  assert.equal(app.machines.isRunning('web'), false)
})
