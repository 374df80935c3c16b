/** What is refused about a machine, and what the refusal says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MacAddress } from '../address/mac.ts'
import { goldenFacts, VM_GOLDEN_CASES } from './golden-cases.ts'
import { TUN_NODE, vmProblems, type VmSurroundings } from './problems.ts'
import type { SeenFile } from './seen.ts'
import type { VmSpec } from './spec.ts'

const smallest = VM_GOLDEN_CASES[0]!.wanted
const open: SeenFile = { identity: '1:1', isDirectory: false, qemuMayRead: true, qemuMayWrite: true }
const disk = { path: '/srv/web.img', format: 'raw', bus: 'virtio' } as const

function problemsOf(change: Partial<VmSpec>, around: Partial<VmSurroundings> = {}): string[] {
  const problems = vmProblems(
    { ...smallest, ...change },
    {
      facts: goldenFacts('/'),
      acceleration: { kind: 'tcg', because: 'there is no /dev/kvm' },
      others: [],
      networks: new Set(['default']),
      users: { owners: new Map(), overlays: new Map() },
      hardware: {},
      ...around,
      files: new Map([[disk.path, open], [TUN_NODE, { ...open, identity: '1:2' }], ...(around.files ?? [])]),
    },
  )
  return problems.map(({ path, message, hint }) => `${path}: ${message} (${hint ?? 'no hint'})`)
}

test('a machine that fits has no problems', () => {
  const nic = { network: 'default', mac: '52:54:00:00:00:01' as MacAddress, model: 'virtio' } as const
  assert.deepEqual(problemsOf({ disks: [disk], nics: [nic] }), [])
})

test('a missing disk of the pool comes with the command that makes it', () => {
  const path = '/var/lib/weft/disks/web.qcow2'
  assert.deepEqual(problemsOf({ disks: [{ ...disk, path }] }), [
    `disks.0: there is no file '${path}' (weft disk create web --size 10G)`,
  ])
})

test("a disk that QEMU's user may not write to is refused, one it may only read is no CD's problem", () => {
  const files = new Map([[disk.path, { ...open, qemuMayWrite: false }]])
  assert.match(
    problemsOf({ disks: [disk] }, { files })[0]!,
    /user 'weft-qemu'.*may not write to.*setfacl -m u:weft-qemu:rw/,
  )
  assert.deepEqual(problemsOf({ cdroms: [{ path: disk.path }] }, { files }), [])
})

test('two machines may not write to one file, by whatever path, nor one machine have it twice', () => {
  const owned = (isReadOnly: boolean): Partial<VmSurroundings> => ({
    users: { owners: new Map([['1:1', [{ machine: 'db', isReadOnly }]]]), overlays: new Map() },
    files: new Map([['/link', open]]),
  })
  const linked = { ...disk, path: '/link' }
  assert.match(problemsOf({ disks: [linked] }, owned(false))[0]!, /is a disk of machine 'db' already/)
  assert.match(problemsOf({ disks: [linked] }, owned(true))[0]!, /is a disk of machine 'db' already/)
  const readOnly = { ...linked, isReadOnly: true } as const
  assert.match(problemsOf({ disks: [readOnly] }, owned(false))[0]!, /is a disk of machine 'db' already/)
  assert.deepEqual(problemsOf({ disks: [readOnly] }, owned(true)), [])
  assert.equal(problemsOf({ disks: [disk, linked] }, { files: new Map([['/link', open]]) }).length, 2)
})

test('what a disk begins with is not written to, but may be read', () => {
  const users = { owners: new Map(), overlays: new Map([['1:1', ['top']]]) }
  assert.match(problemsOf({ disks: [disk] }, { users })[0]!, /disk 'top' begins with what is in/)
  assert.deepEqual(problemsOf({ disks: [{ ...disk, isReadOnly: true }] }, { users }), [])
})

test('CPU model host without KVM is refused, and says why there is no KVM', () => {
  assert.match(problemsOf({ cpuModel: 'host' })[0]!, /'host' needs KVM.*there is no \/dev\/kvm.*--cpu max/)
  const acceleration = { kind: 'kvm', because: 'works' } as const
  assert.deepEqual(problemsOf({ cpuModel: 'host' }, { acceleration }), [])
  assert.match(problemsOf({ cpuModel: 'host', accelerator: 'tcg' }, { acceleration })[0]!, /asks for tcg/)
})

test('KVM that is asked for and does not work is refused', () => {
  assert.match(problemsOf({ accelerator: 'kvm' })[0]!, /KVM does not work here: there is no \/dev\/kvm/)
})

test('unknown networks, taken and doubled and multicast MACs are all told at once', () => {
  const nic = (mac: string, network = 'default') =>
    ({ network, mac: mac as MacAddress, model: 'virtio' }) as const
  const other = { ...smallest, name: 'db', nics: [nic('52:54:00:00:00:09')] }
  const nics = [
    nic('52:54:00:00:00:01', 'nowhere'),
    nic('52:54:00:00:00:01'),
    nic('52:54:00:00:00:09'),
    nic('53:54:00:00:00:02'),
  ]
  const found = problemsOf({ nics }, { others: [other] })
  assert.equal(found.length, 4)
  assert.match(found[0]!, /nics\.0\.network: there is no network named 'nowhere'/)
  assert.match(found[1]!, /nics\.1\.mac: .*given to two NICs/)
  assert.match(found[2]!, /machine 'db' has the MAC/)
  assert.match(found[3]!, /multicast/)
})

test('a root so deep that the sockets would not fit is refused before QEMU refuses it', () => {
  const facts = goldenFacts(`/${'deep/'.repeat(20)}`)
  assert.match(problemsOf({}, { facts })[0]!, /longer than 107 bytes/)
})

test('a NIC needs a TUN node that QEMU may open; a machine without a NIC does not', () => {
  const files = new Map([[TUN_NODE, { ...open, qemuMayWrite: false }]])
  const nics = [{ network: 'default', mac: '52:54:00:00:00:01' as MacAddress, model: 'virtio' } as const]
  assert.match(problemsOf({ nics }, { files })[0]!, /may not open '\/dev\/net\/tun' \(chmod 0666/)
  assert.deepEqual(problemsOf({}, { files }), [])
})

test('impossible sizes and names are refused', () => {
  assert.equal(problemsOf({ cpus: 0, memoryMiB: 0.5, name: '../etc' }).length, 3)
  assert.equal(problemsOf({ cpus: 256 }).length, 1)
})

test('a NIC with the MAC of nobody is refused, and so is a boot order that says something twice', () => {
  const nic = { network: 'default', mac: '00:00:00:00:00:00' as MacAddress, model: 'virtio' } as const
  assert.match(problemsOf({ nics: [nic] })[0]!, /nobody's address \(leave the MAC out/)
  assert.match(problemsOf({ boot: ['cd', 'cd'] })[0]!, /^boot: the boot order names 'cd' twice/)
})
