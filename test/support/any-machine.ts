/** Any machine that a definition can say, for laws about how definitions are written and read. */
import fc, { type Arbitrary } from 'fast-check'
import type { MacAddress } from '../../src/core/address/mac.ts'
import type { VmSpec } from '../../src/core/vm/spec.ts'

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/)
const path = word.map((each) => `/srv/${each} & <'co,mma">.img`)
const optional = <T>(each: fc.Arbitrary<T>) => fc.option(each, { nil: undefined })
const count = fc.integer({ min: 1, max: 1_000_000_000 })
const mac = fc
  .uniqueArray(fc.integer({ min: 16, max: 255 }), { minLength: 0, maxLength: 4 })
  .map((all) => all.map((byte) => `52:54:00:12:34:${byte.toString(16)}` as MacAddress))
const rate = fc.record({ average: count, peak: optional(count), burst: optional(count) })
const disk = fc.record({
  format: fc.constantFrom('qcow2' as const, 'raw' as const),
  bus: fc.constantFrom('virtio' as const, 'scsi' as const, 'usb' as const, 'sata' as const, 'ide' as const),
  isReadOnly: optional(fc.constant(true as const)),
  isEncrypted: optional(fc.constant(true as const)),
  iops: optional(count),
  bps: optional(fc.integer({ min: 1, max: 2 ** 45 })),
  slot: optional(fc.integer({ min: 1, max: 24 })),
  id: optional(fc.constant('disk7')),
  serial: optional(fc.constant('WD-7 x+1')),
})
const nic = fc.record({
  network: word,
  model: fc.constantFrom('virtio' as const, 'e1000' as const, 'e1000e' as const, 'rtl8139' as const),
  slot: optional(fc.integer({ min: 1, max: 24 })),
  ip: optional(fc.constant('192.168.122.50')),
  ip6: optional(fc.constant('fd00::50')),
  portgroup: optional(word),
  bandwidth: optional(fc.oneof(fc.record({ inbound: rate }), fc.record({ inbound: rate, outbound: rate }))),
  isIsolated: optional(fc.constant(true as const)),
})
const few = fc.integer({ min: 1, max: 16 })
const share = fc
  .record({
    path,
    tag: word,
    kind: fc.constantFrom('virtiofs' as const, '9p' as const),
    isReadOnly: optional(fc.constant(true as const)),
    isMapped: optional(fc.constant(true as const)),
    mountPoint: optional(path),
    slot: optional(fc.integer({ min: 1, max: 24 })),
  })
  .map(({ isMapped, ...all }) => (all.kind === '9p' ? { ...all, isMapped } : all))
const hostDevice = fc
  .record({
    device: fc.constantFrom('0000:01:00.0', '0000:01:00.1', '1-2.3', '0781:5567', '1.4'),
    isUnmanaged: optional(fc.constant(true as const)),
    slot: optional(fc.integer({ min: 1, max: 24 })),
  })
  .map(({ isUnmanaged, ...all }) => (all.device.startsWith('0000:') ? { ...all, isUnmanaged } : all))
const end = fc.constantFrom('destroy' as const, 'restart' as const, 'preserve' as const)
export const anyMachine: Arbitrary<VmSpec> = fc
  .record({
    name: word,
    uuid: fc.uuid(),
    cpus: fc.integer({ min: 1, max: 255 }),
    memoryMiB: fc.integer({ min: 8, max: 4_194_304 }),
    cpuModel: optional(
      fc.constantFrom('host', 'max', 'Haswell,+vmx,-hle', 'host,-vmx', 'EPYC-Rome', 'qemu64,level=13'),
    ),
    accelerator: fc.constantFrom('auto', 'kvm', 'tcg'),
    machine: fc.constantFrom('q35', 'pc', 'microvm'),
    firmware: optional(fc.record({ code: path, template: path, isSecure: optional(fc.constant(true)) })),
    boot: fc.uniqueArray(fc.constantFrom('cd', 'disk', 'net')),
    kernel: optional(
      fc.record({ path, initrd: optional(path), append: optional(fc.constant("console=ttyS0 a='b'")) }),
    ),
    disks: fc.array(disk, { maxLength: 4 }),
    cdroms: fc.array(fc.record({ path: optional(path) }), { maxLength: 2 }),
    macs: mac,
    nics: fc.array(nic, { minLength: 4, maxLength: 4 }),
    cloudInit: optional(fc.record({ user: word, sshKeys: fc.array(word), hostName: optional(word) })),
    image: optional(fc.record({ name: word, user: optional(word) })),
    lifecycle: optional(
      fc.record({
        onPoweroff: optional(end),
        onReboot: fc.constantFrom('destroy', 'restart'),
        onCrash: optional(end),
      }),
    ),
    autostart: optional(fc.record({ order: optional(count) })),
    clock: optional(fc.constant('localtime')),
    display: optional(fc.record({ kind: fc.constantFrom('vnc', 'spice') })),
    video: optional(fc.constantFrom('virtio', 'qxl', 'none')),
    tpm: optional(fc.constant(true)),
    sharedMemory: optional(fc.constant(true)),
    shares: optional(fc.uniqueArray(share, { minLength: 1, maxLength: 3, selector: ({ tag }) => tag })),
    devices: optional(
      fc
        .uniqueArray(hostDevice, { minLength: 1, maxLength: 3, selector: ({ device }) => device })
        // USB ports stand behind the others: libvirt's XML does not have them.
        .map((all) =>
          all.toSorted((a, b) => Number(a.device.includes('-')) - Number(b.device.includes('-'))),
        ),
    ),
    topology: optional(fc.record({ sockets: few, cores: few, threads: few })),
    orders: fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 10, maxLength: 10 }),
    ordered: fc.constantFrom(0, 0, 3),
    release: optional(fc.constantFrom('7.2', '8.0')),
    moreCpus: fc.integer({ min: 0, max: 9 }),
    moreMiB: fc.integer({ min: 0, max: 9 }),
  })
  .map(
    ({ macs, moreCpus, moreMiB, orders, ordered, release, ...all }) =>
      JSON.parse(
        JSON.stringify({
          ...all,
          // Some of the devices, in an order of their own.
          boot: ordered === 0 ? all.boot : [],
          disks: all.disks.map((each, i) => ({
            path: `/srv/${String(i)}.img`,
            ...each,
            ...(i < ordered ? { bootOrder: orders[i] } : {}),
          })),
          cdroms: all.cdroms.map((each, i) => ({
            ...each,
            ...(i < ordered ? { bootOrder: orders[4 + i] } : {}),
          })),
          ...(release === undefined || all.machine === 'microvm'
            ? {}
            : { machineVersion: `pc-${all.machine === 'pc' ? 'i440fx' : 'q35'}-${release}` }),
          ...(moreCpus === 0 ? {} : { maxCpus: all.cpus + moreCpus }),
          ...(moreMiB === 0 ? {} : { maxMemoryMiB: all.memoryMiB + moreMiB }),
          nics: macs.map((each, i) => ({
            mac: each,
            ...all.nics[i],
            ...(i < ordered ? { bootOrder: orders[6 + i] } : {}),
          })),
        }),
      ) as VmSpec,
  )
