/** What is shown of a machine is remembered, and is what would be made of it anew, whatever of it has changed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { InterfaceName } from '../core/address/interface-name.ts'
import type { SeenLink } from '../core/host/link.ts'
import { pathsUnder } from '../core/host/paths.ts'
import { formatLive } from '../core/vm/context.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { anyMachine } from '../../test/support/any-machine.ts'
import type { App } from './ports.ts'
import { vmDefinition } from './vm-definition.ts'

interface World {
  readonly stored: VmSpec
  /** What it was started with; absent: it does not run. */
  readonly running: VmSpec | undefined
  readonly bootMiB: number | undefined
  readonly pid: number
  readonly links: readonly SeenLink[]
  readonly isStored: boolean
}

const NAME = 'web'
const TAPS = ['vnet0', 'vnet1'] as InterfaceName[]

function shown({ stored, running, bootMiB, pid, links, isStored }: World) {
  const boot = bootMiB === undefined ? {} : { boot: { cpus: 1, memoryMiB: bootMiB } }
  const acceleration = { kind: 'tcg', because: '' } as const
  const note = running && formatLive({ spec: running, acceleration, taps: TAPS, ...boot })
  const app = {
    facts: { paths: PATHS },
    vms: { find: () => stored },
    machines: {
      isRunning: () => running !== undefined,
      pid: () => (running === undefined ? undefined : pid),
    },
    host: { readTextFile: () => Promise.resolve(note), links: () => Promise.resolve(links) },
  }
  return vmDefinition(app as unknown as App, NAME, isStored)
}
const PATHS = pathsUnder('/')

const machine = anyMachine.map((spec) => ({ ...spec, name: NAME }))
const links = fc.array(fc.record({ name: fc.constantFrom(...TAPS), isUp: fc.boolean() }), { maxLength: 2 })
const change = fc.oneof(
  fc.record({ stored: machine }),
  fc.record({ running: fc.option(machine, { nil: undefined }) }),
  fc.record({ bootMiB: fc.option(fc.nat(1), { nil: undefined }) }),
  fc.record({ pid: fc.nat(1) }),
  fc.record({ links }),
  fc.record({ isStored: fc.boolean() }),
) as fc.Arbitrary<Partial<World>>

test('law: what is shown of a machine is never older than its definition, its note, its process and the links', async () => {
  await fc.assert(
    fc.asyncProperty(machine, fc.array(change, { maxLength: 8 }), async (stored, changes) => {
      let world: World = { stored, running: stored, bootMiB: undefined, pid: 1, links: [], isStored: false }
      for (const each of [{}, ...changes]) {
        world = { ...world, ...each }
        const found = await shown(world)
        // Nothing is remembered of what is not the same object.
        assert.deepEqual(found, await shown(structuredClone(world)))
        assert.equal(await shown(world), found)
      }
    }),
    { numRuns: 50 },
  )
})
