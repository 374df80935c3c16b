/** Machines in YAML and JSON: the same machine in every spelling, short words for people, and refusals with their place. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyMachine } from '../../test/support/any-machine.ts'
import type { MacAddress } from '../core/address/mac.ts'
import { WeftError } from '../core/errors.ts'
import { completeDefinition, mergeRest } from '../core/vm/complete-definition.ts'
import type { VmDefinition } from '../core/vm/definition.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { formatMachine } from './machine-yaml.ts'
import { formatVmDefinition, readVmDefinition } from './vm.ts'

const complete = (definition: VmDefinition, rest: object): VmSpec =>
  mergeRest(
    completeDefinition(definition, {
      uuid: '00000000-0000-4000-8000-000000000001',
      macs: definition.nics.map(() => '52:54:00:00:00:01' as MacAddress),
      networks: definition.nics.map(({ plug }) => ('network' in plug ? plug.network : '')),
      disks: definition.disks.map(({ source }) => ({
        path: 'path' in source ? source.path : '',
        format: 'raw',
      })),
      ...(definition.firmware === undefined ? {} : { firmware: definition.firmware as never }),
    }),
    rest,
  )

async function read(text: string): Promise<VmSpec> {
  const { definition, rest } = await readVmDefinition(text, undefined)
  return complete(definition, rest)
}

test('a machine is the same after it has been written and read in YAML, in JSON and in XML', async () => {
  await fc.assert(
    fc.asyncProperty(anyMachine, async (spec) => {
      assert.deepEqual(await read(await formatMachine(spec, 'yaml')), spec)
      assert.deepEqual(await read(await formatMachine(spec, 'json')), spec)
      assert.deepEqual(await read(formatVmDefinition(spec, { nvram: '/nvram.fd' })), spec)
    }),
    { numRuns: 150 },
  )
})

test('a few words are a machine', async () => {
  const text = `name: web
cpus: 2
memory: 2G
firmware: uefi
display: vnc
disks: [/srv/web.qcow2, { path: /srv/data.img, readonly: yes, bus: scsi }]
cdroms: [/srv/a.iso]
nics: [default, { network: lab, mac: '52:54:00:AA:bb:cc' }]
`
  const spec = await read(text)
  assert.deepEqual(
    [spec.memoryMiB, spec.cpus, spec.firmware, spec.display],
    [2048, 2, { kind: 'uefi' }, { kind: 'vnc' }],
  )
  assert.deepEqual(spec.disks[1], { path: '/srv/data.img', format: 'raw', bus: 'scsi', isReadOnly: true })
  assert.deepEqual(spec.nics[1], { network: 'lab', mac: '52:54:00:aa:bb:cc', model: 'virtio' })
  assert.deepEqual(await read(JSON.stringify({ name: 'web', memory: 512 })), {
    ...(await read('name: web\nmemory: 512M')),
  })
})

test('keys and words that nobody knows are refused, with what was meant, all at once', async () => {
  const text = `name: web
memry: 2G
machine: q53
cpus: two
disks:
  - path: ./web.qcow2
    readonli: yes
  - bus: sata
nics:
  - network: default
    mac: 52:54
`
  await assert.rejects(readVmDefinition(text, 'web.yaml'), (error) => {
    assert.ok(error instanceof WeftError)
    assert.deepEqual(
      error.problems
        .map(
          ({ line, column, message, hint }) => `${String(line)}:${String(column)} ${message} (${hint ?? ''})`,
        )
        .sort(),
      [
        "11:10 '52:54' is not a MAC address ()",
        "2:1 a machine has no 'memry' (did you mean 'memory'?)",
        "3:10 'q53' is not known here (q35, pc, microvm)",
        "4:7 'two' is no number ()",
        "6:11 './web.qcow2' is not an absolute path, or the name of a disk ()",
        "7:5 a disk has no 'readonli' (did you mean 'readonly'?)",
        '8:5 the disk has no path (path: /srv/web.qcow2)',
      ],
    )
    return true
  })
})
