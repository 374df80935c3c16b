/** Cables pulled out, plugged in and made worse: the scripts beside this file in golden/cable, and what is left alone. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { InterfaceName } from '../../address/interface-name.ts'
import type { SeenLink } from '../../host/link.ts'
import { networkAlias } from '../../host/mark.ts'
import { startPlan, invert } from '../../plan/plan.ts'
import { renderAction, renderPlan } from '../../plan/render.ts'
import {
  impairmentOf,
  impairmentSteps,
  probeQueue,
  queueKindFor,
  UNIMPAIRED,
  type SeenQueue,
} from './impairment.ts'
import { planPortChange, type Cable, type PortChange } from './plan-cable.ts'
import { assertGolden } from '../../../../test/support/golden.ts'

const live = { name: 'default', bridge: { name: 'virbr0' as InterfaceName, stp: true, delaySeconds: 0 } }
const veth: Cable = { interface: 'vport0' as InterfaceName, guest: 'box' }
const tap: Cable = {
  interface: 'vnet0' as InterfaceName,
  guest: 'web',
  qemu: { socket: '/run/weft/vms/web/qmp.sock', netdev: 'nic0' },
}

function link(name: string, more: Partial<SeenLink>): SeenLink {
  return {
    index: 2,
    name: name as InterfaceName,
    kind: 'veth',
    mac: undefined,
    mtu: 1500,
    isUp: true,
    hasCarrier: true,
    master: 'virbr0' as InterfaceName,
    alias: undefined,
    ipv4: [],
    ipv6: [],
    bridge: undefined,
    portState: 'forwarding',
    ...more,
  }
}

function seen(isUp: boolean, stp = true, queue?: SeenQueue) {
  const bridge = { stp, forwardDelaySeconds: 2, id: '8000.525400b8c991' }
  return {
    links: [
      link('virbr0', { kind: 'bridge', alias: networkAlias('default'), bridge }),
      link('vport0', { isUp }),
      link('vnet0', { isUp }),
    ],
    queues: queue === undefined ? [] : [queue],
  }
}

const slow: SeenQueue = {
  interface: 'vport0',
  kind: 'tbf',
  handle: '7ef1:',
  impairment: { ...UNIMPAIRED, rateBits: 10_000_000 },
}

const CASES: Readonly<Record<string, readonly [Cable, PortChange, ReturnType<typeof seen>]>> = {
  'pull-veth': [veth, { link: 'down' }, seen(true)],
  'pull-tap': [tap, { link: 'down' }, seen(true)],
  'pull-without-stp': [veth, { link: 'down' }, seen(true, false)],
  'plug-veth': [veth, { link: 'up' }, seen(false)],
  'plug-tap': [tap, { link: 'up' }, seen(false)],
  'plug-without-stp': [veth, { link: 'up' }, seen(false, false)],
  'far-away': [
    veth,
    { impairments: { 'to-guest': { delayMs: 80, lossPercent: 1, rateBits: 10_000_000 } } },
    seen(true),
  ],
  'lossy-instead-of-slow': [
    veth,
    { impairments: { 'to-guest': { ...UNIMPAIRED, lossPercent: 0.5 } } },
    seen(true, true, slow),
  ],
  slow: [veth, { impairments: { 'to-guest': { ...UNIMPAIRED, rateBits: 10_000_000 } } }, seen(true)],
  'fast-enough': [
    veth,
    { impairments: { 'to-guest': { ...UNIMPAIRED, rateBits: 10_000_000_000 } } },
    seen(true),
  ],
  'slow-and-out': [
    tap,
    { link: 'down', impairments: { 'to-guest': { ...UNIMPAIRED, rateBits: 512_000 } } },
    seen(true),
  ],
  good: [veth, { impairments: { 'to-guest': UNIMPAIRED } }, seen(true, true, slow)],
}

for (const [name, [cable, change, host]] of Object.entries(CASES)) {
  test(`${name} is as kept, the way back too`, () => {
    const plan = planPortChange(cable, change, live, host)
    const back = startPlan(
      'undo it',
      invert(plan.steps, (step) => `takes back: ${step.reason}`),
    )
    assertGolden(
      join(import.meta.dirname, 'golden', 'cable', `${name}.sh`),
      `${renderPlan(plan)}\n${renderPlan(back)}`,
    )
  })
}

test('what is as wanted needs no step', () => {
  const nothing: [Cable, PortChange, ReturnType<typeof seen>][] = [
    [veth, { link: 'up' }, seen(true)],
    [tap, { link: 'down' }, seen(false)],
    [veth, { impairments: { 'to-guest': UNIMPAIRED } }, seen(true)],
    [veth, { impairments: { 'to-guest': impairmentOf(slow) } }, seen(true, true, slow)],
  ]
  for (const [cable, change, host] of nothing)
    assert.deepEqual(planPortChange(cable, change, live, host).steps, [])
})

test('a loss that the kernel gives back a little off is still the same', () => {
  const kept = {
    ...slow,
    kind: 'netem',
    handle: '7ef2:',
    impairment: { ...UNIMPAIRED, lossPercent: 0.99999998 },
  }
  assert.deepEqual(impairmentSteps('vport0', { ...UNIMPAIRED, lossPercent: 1 }, kept, 'packets go'), [])
})

test("somebody else's queue is not replaced; the kernel's own is", () => {
  const theirs = { ...slow, kind: 'htb', handle: '1:', impairment: undefined }
  assert.throws(() => impairmentSteps('vport0', { ...UNIMPAIRED, rateBits: 1e6 }, theirs, 'packets go'), {
    code: 'conflict',
  })
  assert.deepEqual(impairmentOf(theirs), UNIMPAIRED)
  const kernels = { ...theirs, kind: 'fq_codel', handle: '0:' }
  assert.equal(impairmentSteps('vport0', { ...UNIMPAIRED, rateBits: 1e6 }, kernels, 'packets go').length, 1)
})

test('what only netem does is tried with netem, a rate alone with tbf, each in a namespace that ends with it', () => {
  assert.equal(queueKindFor({ ...UNIMPAIRED, delayMs: 1, rateBits: 1 }), 'netem')
  assert.equal(queueKindFor({ ...UNIMPAIRED, rateBits: 1 }), 'tbf')
  assert.equal(queueKindFor(UNIMPAIRED), undefined)
  assert.equal(
    renderAction(probeQueue('netem')),
    'unshare --net tc qdisc add dev lo root netem limit 10000 delay 1ms',
  )
})
