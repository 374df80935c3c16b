/** The table of established flows as commands; test/guest/fast-path.test.ts has a kernel that can have it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InterfaceName } from '../../address/interface-name.ts'
import type { Ipv4Address } from '../../address/ipv4.ts'
import { pathsUnder } from '../../host/paths.ts'
import type { HostFacts } from '../../host/facts.ts'
import type { Step } from '../../plan/plan.ts'
import { seenRunning } from '../golden-case.ts'
import { DEFAULT, LAB, OPEN, QUIET } from '../golden-networks.ts'
import {
  fastPathLeftoverSteps,
  fastPathSteps,
  fastPathStopSteps,
  formatFastPathListing,
  parseFastPath,
} from './plan-fast-path.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

const facts = { paths: pathsUnder('/') } as HostFacts

function seen(networks: readonly NetworkSpec[]): SeenHost {
  const host = seenRunning(networks, facts)
  const [first] = host.links
  const uplink = first === undefined ? [] : [{ ...first, name: 'eth0' as InterfaceName, alias: undefined }]
  const everywhere = {
    destination: { address: '0.0.0.0' as Ipv4Address, prefix: 0 },
    device: 'eth0' as InterfaceName,
    table: 'main',
    gateway: '192.0.2.1',
    metric: undefined,
  }
  const listing = formatFastPathListing(networks)
  return { ...host, links: [...host.links, ...uplink], routes: [everywhere], fastPath: { listing } }
}

function lines(steps: readonly Step[]): string[] {
  return steps.flatMap(({ do: action }) =>
    action.kind === 'run' ? (action.stdin ?? '').trimEnd().split('\n') : [],
  )
}

test('the first network brings the table, with its bridge and the way out', () => {
  assert.deepEqual(
    lines(fastPathSteps(DEFAULT, { ...seen([DEFAULT]), fastPath: { listing: undefined } })).slice(-2),
    [
      'add flowtable inet weft_fast flows { hook ingress priority filter ; devices = { virbr0, eth0 } ; }',
      'add element inet weft_fast bridges { "virbr0" }',
    ],
  )
})

test('the next adds itself, and finds nothing to do when it is there', () => {
  const before = seen([DEFAULT])
  assert.match(lines(fastPathSteps(LAB, before)).join(), /^add flowtable [^;]+; devices = \{ virbr1, eth0 \}/)
  assert.deepEqual(fastPathSteps(LAB, seen([DEFAULT, LAB])), [])
})

test('only its own way out is taken where a network has one', () => {
  const through = { ...LAB, forwardDevice: 'wlan0' as InterfaceName }
  assert.match(lines(fastPathSteps(through, seen([DEFAULT])))[0] ?? '', /devices = \{ virbr1 \}/)
})

test('isolated and open networks have none, nor has any on a kernel without flowtables', () => {
  const { fastPath, ...without } = seen([DEFAULT])
  assert.ok(fastPath)
  assert.deepEqual(fastPathSteps(LAB, without), [])
  for (const network of [QUIET, OPEN]) assert.deepEqual(fastPathSteps(network, seen([DEFAULT])), [])
})

test('who stops takes its own along, the last one the table', () => {
  const both = seen([DEFAULT, LAB])
  assert.deepEqual(lines(fastPathStopSteps(LAB, both, [DEFAULT])).slice(-2), [
    'delete flowtable inet weft_fast flows { hook ingress priority filter ; devices = { virbr1 } ; }',
    'delete element inet weft_fast bridges { "virbr1" }',
  ])
  assert.deepEqual(lines(fastPathStopSteps(LAB, both, [QUIET])).slice(-1), ['delete table inet weft_fast'])
  assert.deepEqual(lines(fastPathLeftoverSteps([DEFAULT], both)).slice(-1), [
    'delete element inet weft_fast bridges { "virbr1" }',
  ])
})

test('a listing is read back', () => {
  assert.deepEqual(parseFastPath(formatFastPathListing([DEFAULT, LAB])), {
    devices: ['virbr0', 'virbr1'],
    bridges: ['virbr0', 'virbr1'],
  })
})
