/** Guests on a NIC and their host reach each other by the host's own place beside them; the LAN notices nothing. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { executePlan } from '../../src/app/execute-plan.ts'
import { undoLast } from '../../src/app/history.ts'
import { addPort, removePort } from '../../src/app/network-ports.ts'
import { showNetwork } from '../../src/app/network-state.ts'
import { autostartNetworks } from '../../src/app/autostart.ts'
import { autostartNetwork, defineNetwork, startNetwork, stopNetwork } from '../../src/app/networks.ts'
import { repairNetwork } from '../../src/app/repair-network.ts'
import { pieceHas } from '../../src/core/network/bridge/plan-reach.ts'
import { WeftError } from '../../src/core/errors.ts'
import { formatNetwork, readNetworkDefinition } from '../../src/definition/network.ts'
import {
  canPing,
  describeWorld,
  makeRoot,
  openRealApp,
  removeRoot,
  run,
  until,
  type RealApp,
} from '../support/real-app.ts'

const REQUEST = { by: 'test', dryRun: false }
const DEFINITION = `name: direct
uuid: 12345678-1111-4222-8333-0123456789ab
mode: bridge
devices: [nic0]
hostReach: [192.0.2.224/28, "2001:db8::e0/124"]
`
const HOST = ['192.0.2.10', '2001:db8::10']
const GUEST = ['192.0.2.230', '2001:db8::e6']
const LAN = ['192.0.2.2', '2001:db8::2']
let real: RealApp
let untouched: Awaited<ReturnType<typeof describeWorld>>

before(async () => {
  real = openRealApp(makeRoot())
  for (const name of ['lan', 'guest']) run('ip', 'netns', 'add', name)
  // As careful as distributions have it.
  run('sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=1', 'net.ipv4.conf.default.rp_filter=1')
  run('ip', 'link', 'add', 'nic0', 'type', 'veth', 'peer', 'name', 'far', 'netns', 'lan')
  for (const words of ['192.0.2.10/24', '2001:db8::10/64 nodad'])
    run('ip', 'address', 'add', ...words.split(' '), 'dev', 'nic0')
  run('ip', 'link', 'set', 'nic0', 'up')
  for (const words of ['192.0.2.2/24', '2001:db8::2/64 nodad'])
    run('ip', '-n', 'lan', 'address', 'add', ...words.split(' '), 'dev', 'far')
  run('ip', '-n', 'lan', 'link', 'set', 'far', 'up')
  run('ip', 'route', 'add', 'default', 'via', '192.0.2.1')
  // What passes the LAN's end of the cable with the shim's MAC is counted there.
  const rules =
    'table netdev ear { chain in { type filter hook ingress device "far" priority 0; ether saddr 02:23:45:67:89:ab counter; }; }'
  execFileSync('ip', ['netns', 'exec', 'lan', 'nft', '-f', '-'], { input: rules })
  await define(DEFINITION)
  await until('the link is at rest', () => run('ip', 'address', 'show', 'dev', 'nic0', 'tentative') === '')
  untouched = await describeWorld(real.app, real.root)
})
after(() => {
  real.close()
  removeRoot(real.root)
})

async function define(text: string): Promise<void> {
  await defineNetwork(real.app, await readNetworkDefinition(text), REQUEST)
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('was not refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof WeftError)
  return [error.message, ...error.problems.map(({ message }) => message)].join('\n')
}

const hostCanPing = (address: string): boolean => {
  try {
    execFileSync('busybox', ['ping', '-c', '1', '-W', '5', address], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Everybody asks anew who is where. */
function forgetNeighbours(): void {
  for (const where of [[], ['-n', 'lan'], ['-n', 'guest']])
    for (const family of ['-4', '-6']) run('ip', ...where, family, 'neighbour', 'flush', 'all')
}

function assertAllReach(): void {
  for (const address of HOST) assert.ok(canPing('guest', address), `guest to host ${address}`)
  for (const address of HOST) assert.ok(canPing('lan', address), `LAN to host ${address}`)
  for (const address of GUEST) assert.ok(hostCanPing(address), `host to guest ${address}`)
  for (const address of GUEST) assert.ok(canPing('lan', address), `LAN to guest ${address}`)
  for (const address of LAN) assert.ok(hostCanPing(address), `host to LAN ${address}`)
  for (const address of LAN) assert.ok(canPing('guest', address), `guest to LAN ${address}`)
}

test('what does not fit is refused: other modes, several NICs, this host or its gateway among guests', async () => {
  const said = (text: string): Promise<string> => refusal(define(text))
  assert.match(await said(DEFINITION.replace('mode: bridge', 'mode: vepa')), /only guests that sit on a NIC/)
  assert.match(await said(DEFINITION.replace('[nic0]', '[nic0, nic1]')), /several NICs/)
  assert.match(await said(DEFINITION.replace('.224/28', '.224/99')), /'192.0.2.224\/99' is neither/)
  assert.match(
    await said(DEFINITION.replace('"2001:db8::e0/124"', '192.0.2.230')),
    /192\.0\.2\.230\/32 and 192\.0\.2\.224\/28 have addresses in common/,
  )
  for (const [piece, sentence] of [
    ['192.0.2.0/28', /192\.0\.2\.0\/28 has 192\.0\.2\.10, this host's own address, in it/],
    ['192.0.2.0/30', /192\.0\.2\.0\/30 has 192\.0\.2\.1 in it, the gateway on nic0/],
  ] as const) {
    await define(DEFINITION.replace('192.0.2.224/28', piece))
    assert.match(await refusal(startNetwork(real.app, 'direct', REQUEST)), sentence)
  }
  await define(DEFINITION)
  assert.deepEqual(await describeWorld(real.app, real.root), untouched)
})

test('at boot too a kernel that sees nothing of what leaves a link is named before anything is changed', async () => {
  const { app } = real
  await autostartNetwork(app, 'direct', true, REQUEST)
  const older = { ...app, host: { ...app.host, canHookEgress: () => Promise.resolve(false) } }
  const [said = '', ...more] = await autostartNetworks(older)
  assert.deepEqual(more, [])
  assert.match(said, /^host and guests of network 'direct' cannot reach each other here: .*Linux 5\.16/)
  await autostartNetwork(app, 'direct', false, REQUEST)
  assert.deepEqual(await describeWorld(app, real.root), untouched)
})

test('host and guest reach each other, in both families; the LAN reaches both as before', async () => {
  assert.ok(await real.app.host.canHookEgress(), 'this kernel is older than Linux 5.16')
  await startNetwork(real.app, 'direct', REQUEST)
  await addPort(real.app, 'direct', { netns: 'guest' }, REQUEST)
  for (const words of ['192.0.2.230/24', '2001:db8::e6/64 nodad'])
    run('ip', '-n', 'guest', 'address', 'add', ...words.split(' '), 'dev', 'eth0')
  assertAllReach()
})

test('to the LAN the host has the MAC of its NIC, whoever asks whom first', () => {
  const nic = readFileSync('/sys/class/net/nic0/address', 'utf8').trim()
  const known = (where: string, address: string): string =>
    / lladdr (\S+)/.exec(run('ip', '-n', where, 'neighbour', 'show', address))?.[1] ?? 'nobody'
  for (const first of ['guest', 'lan', 'host']) {
    forgetNeighbours()
    if (first === 'host') for (const address of GUEST) assert.ok(hostCanPing(address))
    else for (const address of HOST) assert.ok(canPing(first, address))
    assertAllReach()
    for (const address of HOST) {
      assert.equal(known('lan', address), nic, `${address}, when the ${first} asks first`)
      assert.equal(known('guest', address), '02:23:45:67:89:ab')
    }
  }
  // Addresses of guests that nobody has are asked for, and on the LAN nobody hears it.
  execFileSync(
    'sh',
    ['-c', 'busybox ping -c 1 -W 1 192.0.2.231; busybox ping -6 -c 1 -W 1 2001:db8::e7; true'],
    {
      stdio: 'ignore',
    },
  )
  assert.match(
    run('ip', 'netns', 'exec', 'lan', 'nft', 'list', 'table', 'netdev', 'ear'),
    /counter packets 0 /,
  )
})

test('a new address of the host is followed, and what somebody takes away comes back', async () => {
  assert.equal((await startNetwork(real.app, 'direct', REQUEST)).plan.steps.length, 0)
  const repaired = async (): Promise<string> =>
    (await repairNetwork(real.app, 'direct', REQUEST)).plan.steps.map(({ reason }) => reason).join('\n')
  assert.equal(await repaired(), '')
  for (const words of ['192.0.2.10/24', '2001:db8::10/64'])
    run('ip', 'address', 'delete', ...words.split(' '), 'dev', 'nic0')
  for (const words of ['192.0.2.11/24', '2001:db8::11/64 nodad'])
    run('ip', 'address', 'add', ...words.split(' '), 'dev', 'nic0')
  const followed = await repaired()
  assert.match(followed, /2001:db8::10 is not this host's address any more/)
  assert.match(followed, /192\.0\.2\.224\/28 is with guests .* know this host as 192\.0\.2\.11/)
  for (const address of ['192.0.2.11', '2001:db8::11']) assert.ok(canPing('guest', address), address)
  for (const words of ['192.0.2.11/24', '2001:db8::11/64'])
    run('ip', 'address', 'delete', ...words.split(' '), 'dev', 'nic0')
  for (const words of ['192.0.2.10/24', '2001:db8::10/64 nodad'])
    run('ip', 'address', 'add', ...words.split(' '), 'dev', 'nic0')
  // As it was before weft came.
  run('ip', 'route', 'add', 'default', 'via', '192.0.2.1')
  await repaired()
  run('nft', 'delete', 'table', 'netdev', 'weft_shim12345678')
  assert.match(await repaired(), /only guests of direct hear shim12345678/)
  run('ip', 'link', 'delete', 'shim12345678')
  assert.match(await repaired(), /sits on nic0 beside the guests of direct/)
  run('ip', 'route', 'delete', '192.0.2.224/28')
  assert.match(await repaired(), /^192\.0\.2\.224\/28 is with guests of direct[^\n]*$/)
  assertAllReach()
  assert.equal(await repaired(), '')
})

test('it is the same in XML and back', async () => {
  const { spec } = await showNetwork(real.app, 'direct')
  assert.match(await formatNetwork(spec, 'xml'), /<weft:hostReach [^>]*addresses='192\.0\.2\.224\/28 2001/)
  for (const format of ['xml', 'yaml', 'json'] as const) {
    const draft = await readNetworkDefinition(await formatNetwork(spec, format))
    assert.deepEqual(draft.hostReach, spec.hostReach, format)
    assert.deepEqual(draft.kept, spec.kept, format)
  }
})

const reaching = (pieces: string): string => DEFINITION.replace(/hostReach: .*/, pieces)

/** One family less, other addresses, none at all, and back; the last one is what the next test goes on with. */
const CHANGES = [
  reaching('hostReach: [192.0.2.224/28]'),
  reaching('hostReach: ["2001:db8::e0/124"]'),
  reaching('hostReach: [192.0.2.230, 192.0.2.240/28, "2001:db8::e0/125", "2001:db8::f0/125"]'),
  reaching(''),
  DEFINITION,
]

test('it changes while guests run: whichever step fails, or undone, all is as before; what stays is not touched', async () => {
  const { app } = real
  const live = { ...REQUEST, live: true }
  const describeReach = async (): Promise<readonly string[]> => {
    await until('nothing is tentative', () => run('ip', '-6', 'address', 'show', 'tentative') === '')
    return [
      JSON.stringify(await describeWorld(app, real.root)),
      ...run('ip', '-o', 'address')
        .split('\n')
        .map((line) => line.replace(/^\d+:|valid_lft.*/g, '')),
      ...['', '-6'].flatMap((family) =>
        run('ip', ...family.split(/(?=-)/).filter(Boolean), 'route')
          .split('\n')
          .sort(),
      ),
      run('nft', 'list', 'ruleset'),
    ]
  }
  for (const text of CHANGES) {
    const [before, draft] = [await describeReach(), await readNetworkDefinition(text)]
    const { plan } = await defineNetwork(app, draft, { ...live, dryRun: true })
    for (const at of plan.steps.keys()) {
      let performed = 0
      const perform: typeof app.host.perform = async (action) => {
        if (performed++ === at) throw new WeftError('command-failed', 'told to fail')
        await app.host.perform(action)
      }
      const failing = { ...app, host: { ...app.host, perform } }
      await assert.rejects(executePlan(failing, plan, 'test'), { code: 'command-failed' })
      assert.deepEqual(await describeReach(), before, plan.steps[at]?.reason)
    }
    assert.equal((await defineNetwork(app, draft, live)).result, 'updated')
    await undoLast(app, REQUEST)
    assert.deepEqual(await describeReach(), before, text)
    await defineNetwork(app, draft, live)
    const { hostReach = [] } = (await showNetwork(app, 'direct')).spec
    for (const [address, family] of [
      ['192.0.2.230', 4],
      ['2001:db8::e6', 6],
    ] as const) {
      const isMeant = hostReach.some((piece) => pieceHas(piece, address))
      assert.equal(hostCanPing(address), isMeant, `${address} of ${text}`)
      assert.equal(
        run('ip', `-${String(family)}`, 'route', 'get', address).includes('shim'),
        isMeant,
        address,
      )
    }
    assert.equal((await repairNetwork(app, 'direct', REQUEST)).plan.steps.length, 0)
  }
  forgetNeighbours()
  assertAllReach()
})

test('stopped, this host is as it was', async () => {
  await removePort(real.app, 'direct', 'guest', REQUEST)
  await stopNetwork(real.app, 'direct', REQUEST)
  assert.deepEqual(await describeWorld(real.app, real.root), untouched)
  assert.doesNotMatch(run('nft', 'list', 'tables'), /weft_shim/)
})
