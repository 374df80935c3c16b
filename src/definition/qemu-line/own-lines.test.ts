/** The line that weft shows for a machine, given to it as somebody else's, is that machine again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyMachine } from '../../../test/support/any-machine.ts'
import type { InterfaceName } from '../../core/address/interface-name.ts'
import { confinedArgv } from '../../core/host/confinement.ts'
import { shellJoin } from '../../core/plan/shell-quote.ts'
import { completeDefinition } from '../../core/vm/complete-definition.ts'
import { goldenFacts } from '../../core/vm/golden-cases.ts'
import { omit } from '../../core/vm/omit.ts'
import { qemuArgv } from '../../core/vm/qemu-args.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import { readQemuLine } from './qemu-line.ts'

const facts = goldenFacts('/')

function lineOf(spec: VmSpec): string {
  const kind = spec.accelerator === 'tcg' ? 'tcg' : 'kvm'
  const taps = spec.nics.map((_, i) => `vnet${String(i)}` as InterfaceName)
  return shellJoin(confinedArgv(facts, qemuArgv(spec, { facts, acceleration: { kind, because: '' }, taps })))
}

/**
 * What a line can say: video cards are not read, shares and devices of a host are refused, what a guest is told is a disk, keys are on no line, slots are given out
 * anew, and `host` is read as what is the same wherever a machine runs. q35 has no IDE but its SATA. Drives without a disc come last.
 */
function sayable(any: VmSpec): VmSpec {
  const spec = omit(any, 'shares', 'devices', 'video', 'sharedMemory', 'cloudInit', 'image', 'autostart')
  const devices = { disk: spec.disks, cd: spec.cdroms, net: spec.nics }
  const isHost = spec.cpuModel?.startsWith('host') === true
  return {
    ...(isHost ? omit(spec, 'cpuModel') : spec),
    boot: spec.boot.some((kind) => devices[kind].length > 0) ? spec.boot : [],
    disks: spec.disks.map((disk) => {
      const bus = spec.machine === 'q35' && disk.bus === 'ide' ? 'sata' : disk.bus
      return { ...omit(disk, 'slot', 'id', 'isEncrypted'), bus }
    }),
    cdroms: spec.cdroms.toSorted((a, b) => Number(a.path === undefined) - Number(b.path === undefined)),
    nics: spec.nics.map((nic) => omit(nic, 'slot')),
  }
}

/** Which networks and files there are, the host says. */
function readAgain(line: string, { nics }: VmSpec): VmSpec {
  const { definition } = readQemuLine(line, { directory: '/', what: 'the line' })
  const firmware = definition.firmware as VmSpec['firmware']
  return completeDefinition(definition, {
    ...{ uuid: '', macs: [], networks: nics.map(({ network }) => network) },
    disks: definition.disks.map(({ source, format = 'raw' }) => ({
      path: 'path' in source ? source.path : '',
      format,
    })),
    ...(firmware === undefined ? {} : { firmware }),
  })
}

/** Who comes before whom counts, and not by which numbers. */
function ranked(line: string): string {
  const places = [...line.matchAll(/bootindex=(\d+)/g)]
    .map(([, place]) => Number(place))
    .sort((a, b) => a - b)
  return line.replaceAll(
    /bootindex=(\d+)/g,
    (_, place) => `bootindex=${String(places.indexOf(Number(place)))}`,
  )
}

test('the line of a machine read as a line gives a machine of that line', () => {
  fc.assert(
    fc.property(anyMachine, (any) => {
      // A microvm has other devices, and lines of it are another matter.
      fc.pre(any.machine !== 'microvm')
      const spec = sayable(any)
      const line = lineOf(spec)
      assert.equal(ranked(lineOf(readAgain(line, spec))), ranked(line))
    }),
  )
})
