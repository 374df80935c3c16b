/** Domain XML: read as clients write it, written as libvirt's schema wants it, refused with line and column. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MacAddress } from '../../../core/address/mac.ts'
import type { VmDefinition } from '../../../core/vm/definition.ts'
import type { VmSpec } from '../../../core/vm/spec.ts'
import { completeDefinition, mergeRest } from '../../../core/vm/complete-definition.ts'
import { anyMachine } from '../../../../test/support/any-machine.ts'
import { assertGolden } from '../../../../test/support/golden.ts'
import { formatDomainXml, parseDomainXml } from './domain.ts'

const NVRAM = '/var/lib/weft/nvram/x.fd'
const UUID = '00000000-0000-4000-8000-000000000001'

async function read(xml: string): Promise<VmSpec> {
  const result = await parseDomainXml(xml)
  if ('problems' in result)
    assert.fail(
      result.problems
        .map(({ line, column, message }) => `${String(line)}:${String(column)} ${message}`)
        .join('\n'),
    )
  return complete(result.definition, result.weft?.text)
}

/** What the host would have been asked for. */
function complete(definition: VmDefinition, rest: string | undefined): VmSpec {
  const spec = completeDefinition(definition, {
    uuid: UUID,
    macs: definition.nics.map(() => '52:54:00:00:00:01' as MacAddress),
    networks: definition.nics.map(({ plug }) => ('network' in plug ? plug.network : plug.bridge)),
    disks: definition.disks.map(({ source }) => ({
      path: 'path' in source ? source.path : `/${source.pool}/${source.volume}`,
      format: 'raw' as const,
    })),
    ...(definition.firmware === undefined
      ? {}
      : { firmware: { code: '/code.fd', template: '/vars.fd', ...definition.firmware } as never }),
  })
  return rest === undefined ? spec : mergeRest(spec, JSON.parse(rest) as object)
}

async function refusal(xml: string): Promise<string[]> {
  const result = await parseDomainXml(xml)
  if ('definition' in result) assert.fail('was not refused')
  return result.problems.map(({ line, column, message }) => `${String(line)}:${String(column)} ${message}`)
}

const folder = join(import.meta.dirname, 'corpus')
const SCHEMA = '/usr/share/libvirt/schemas/domain.rng'

function assertValid(xml: string): void {
  const directory = mkdtempSync(join(tmpdir(), 'weft-test-xml-'))
  const file = join(directory, 'domain.xml')
  writeFileSync(file, xml)
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--relaxng', SCHEMA, file], {
    encoding: 'utf8',
  })
  rmSync(directory, { recursive: true })
  assert.equal(status, 0, `${stderr}\n${xml}`)
}

for (const file of readdirSync(folder)) {
  const name = file.replace('.xml', '')
  test(`${name}: read, written, and the same once more`, async () => {
    const spec = await read(readFileSync(join(folder, file), 'utf8'))
    const written = formatDomainXml(spec, { nvram: NVRAM })
    assertGolden(join(import.meta.dirname, 'golden', file), written)
    assert.deepEqual(await read(written), spec)
    assert.equal(formatDomainXml(await read(written), { nvram: NVRAM }), written)
  })
  test(`${name}: what is written is valid by libvirt's schema`, async () => {
    assertValid(formatDomainXml(await read(readFileSync(join(folder, file), 'utf8')), { nvram: NVRAM }))
  })
}

test('a machine is the same after its XML has been written and read', async () => {
  await fc.assert(
    fc.asyncProperty(anyMachine, async (spec) => {
      assert.deepEqual(await read(formatDomainXml(spec, { nvram: NVRAM })), spec)
    }),
    { numRuns: 300 },
  )
})

test("what is written is valid by libvirt's schema, whatever the machine", () => {
  for (const spec of fc.sample(anyMachine, 12)) assertValid(formatDomainXml(spec, { nvram: NVRAM }))
})

test('what matters and is not supported is refused by name', async () => {
  const xml = `<domain type='xen'>
  <name>x</name>
  <memory unit='GB'>1</memory>
  <currentMemory>4096</currentMemory>
  <vcpu cpuset='0-3'>2</vcpu>
  <os><type arch='aarch64' machine='virt'>hvm</type><boot dev='fd'/></os>
  <memoryBacking><hugepages/><access mode='shared'/></memoryBacking>
  <frob/>
  <devices>
    <disk type='network'><source/><target dev='vda' bus='fdc'/><shareable/></disk>
    <interface type='user'><model type='ne2k'/><filterref/></interface>
    <graphics type='vnc' passwd='secret'/>
    <hostdev mode='subsystem'/>
  </devices>
</domain>`
  assert.deepEqual(await refusal(xml), [
    "1:9 domain type 'xen' is not QEMU's",
    '5:9 weft does not pin processors: the kernel places them',
    "6:13 architecture 'aarch64' is not supported",
    "6:28 machine type 'virt' is not supported",
    "6:53 'fd' is nothing weft boots from",
    '7:18 <hugepages> in <memoryBacking> is not supported: weft chooses how the host backs memory',
    '8:3 <frob> in <domain> is unknown',
    "10:11 a disk of type 'network' is not supported",
    "10:53 bus 'fdc' is not supported",
    '10:64 <shareable> in <disk> is not supported: two machines never write to one disk; <readonly/> lets several read one',
    "11:16 an interface of type 'user' is not supported",
    "11:35 a NIC of model 'ne2k' is not supported",
    '11:48 the filter is not named',
    "12:26 attribute 'passwd' of <graphics> is not supported: a password does not belong into a definition, which others may read",
    "13:5 a host device of type '' is not supported",
  ])
})

const around = (devices: string, top = ''): string => `<domain type='kvm'>
  <name>x</name>
  <memory unit='MiB'>64</memory>${top}
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    ${devices}
  </devices>
</domain>`

test('room for more, and the order of processors', async () => {
  const cpu = "<cpu mode='host-model'><topology sockets='2' dies='1' cores='2' threads='1'/></cpu>"
  const spec = await read(
    around('', `<maxMemory slots='16' unit='MiB'>128</maxMemory><vcpu current='2'>4</vcpu>${cpu}`),
  )
  const { cpus, maxCpus, memoryMiB, maxMemoryMiB, topology } = spec
  assert.deepEqual(
    { cpus, maxCpus, memoryMiB, maxMemoryMiB, topology },
    { cpus: 2, maxCpus: 4, memoryMiB: 64, maxMemoryMiB: 128, topology: { sockets: 2, cores: 2, threads: 1 } },
  )
  assert.deepEqual(await refusal(around('', cpu.replace("dies='1'", "dies='2'"))), [
    '3:78 weft gives a socket one of its dies',
  ])
})

test('a directory is shared as libvirt says, or refused', async () => {
  const share = (words: string, driver: string): string =>
    `<filesystem ${words}>${driver}<source dir='/srv'/><target dir='srv'/><readonly/></filesystem>`
  const backing = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>"
  const { shares, sharedMemory } = await read(
    around(
      `${share("type='mount'", "<driver type='virtiofs' queue='512'/>")}${share("accessmode='mapped'", '')}`,
      backing,
    ),
  )
  const same = { path: '/srv', tag: 'srv', isReadOnly: true } as const
  assert.deepEqual(shares, [
    { ...same, kind: 'virtiofs', kept: [{ at: 'driver', name: 'queue', value: '512' }] },
    { ...same, kind: '9p', isMapped: true },
  ])
  assert.equal(sharedMemory, true)
  for (const [xml, message] of [
    [
      share("type='mount' accessmode='passthrough'", ''),
      /6:30 accessmode 'passthrough' is not supported: QEMU/,
    ],
    [
      share("type='mount' accessmode='mapped'", "<driver type='virtiofs'/>"),
      /6:30 accessmode 'mapped' .* virtiofs keeps/,
    ],
    [share("type='template'", ''), /6:17 a filesystem of type 'template'/],
    [share("type='mount' fmode='600'", ''), /'fmode' of <filesystem> is not supported/],
  ] as const)
    assert.match((await refusal(around(xml))).join(), message)
})

test('a screen and a TPM are those that weft has, or refused', async () => {
  const tpm = (words: string, model = 'tpm-crb'): string => `<tpm model='${model}'><backend ${words}/></tpm>`
  const { tpm: hasTpm, display } = await read(
    around(`${tpm("type='emulator' version='2.0'")}<graphics type='vnc' port='5901' autoport='yes'/>`),
  )
  assert.deepEqual([hasTpm, display], [true, { kind: 'vnc' }])
  const refused: [string, RegExp][] = [
    [tpm("type='emulator'", 'tpm-tis'), /6:10 a TPM of model 'tpm-tis'/],
    [tpm("type='passthrough'"), /6:35 a TPM of type 'passthrough'/],
    [tpm("type='emulator' version='1.2'"), /version 1.2 of TPMs/],
    ["<graphics type='sdl'/>", /6:15 a screen of type 'sdl'/],
    ["<graphics type='vnc' port='5901'/>", /not on port 5901/],
    ["<graphics type='vnc' port='-1' listen='0.0.0.0'/>", /6:36 the screen .* not on '0.0.0.0'/],
    ["<graphics type='spice'><listen type='address' address='::'/></graphics>", /6:28 .* not on '::'/],
    ["<graphics type='spice'><gl enable='yes'/></graphics>", /without the graphics card/],
    ["<graphics type='vnc'/><graphics type='spice'/>", /<graphics> stands twice/],
  ]
  for (const [xml, why] of refused) {
    const said = await refusal(around(xml))
    assert.equal(said.length, 1)
    assert.match(said[0] ?? '', why)
  }
})

test('a machine that runs shows where it is plugged in', async () => {
  const spec = await read(readFileSync(join(folder, 'terraform.xml'), 'utf8'))
  const live = {
    id: 4711,
    accelerator: 'tcg' as const,
    interfaces: ['vnet0'],
    diskAliases: ['disk0', 'disk1'],
    cdAliases: ['cd0'],
    nicAliases: ['nic0'],
  }
  const xml = formatDomainXml(spec, { nvram: NVRAM, live })
  assert.match(xml, /^<domain type='qemu' id='4711'>/)
  assert.match(xml, /<target dev='vnet0'\/>[\s\S]*<alias name='nic0'\/>/)
  assert.match(xml, /<alias name='disk1'\/>/)
  assert.deepEqual({ ...(await read(xml)), accelerator: spec.accelerator }, spec)
  assertValid(xml)
})
