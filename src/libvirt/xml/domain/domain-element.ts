/**
 * libvirt's `<domain>` element: what weft reads and writes of it, in libvirt's order, what it keeps since it does not matter, and what it
 * refuses, with the reason. A new element is a line here, and one in each of domain-draft.ts and domain-data.ts where weft makes something of it.
 */
import type { ElementData, ElementShape } from '../element-shape.ts'
import {
  CPU_ELEMENT,
  ENCRYPTION_ELEMENT,
  FILESYSTEM_ELEMENT,
  GRAPHICS_ELEMENT,
  HOSTDEV_ELEMENT,
  MEMORY_BACKING_ELEMENT,
  SYSINFO_ELEMENT,
  TPM_ELEMENT,
} from './hardware-element.ts'

const TUNING = 'weft does not tune this part of a host for a machine'
const PINNING = 'weft does not pin processors: the kernel places them'
const NO_DEVICE = 'weft has no such device'

/** What libvirt adds to the XML of a machine that runs. */
const LIVE = /^(backingStore|mirror|privateData)$/

const ALIAS = { attributes: ['name'] } as const
const BOOT = { attributes: ['order'] } as const

const OS = {
  attributes: ['@firmware'],
  children: {
    type: { attributes: ['arch', 'machine'], hasText: true },
    firmware: {
      children: { feature: { attributes: ['enabled', 'name'], isMany: true } },
    },
    loader: { attributes: ['readonly', 'secure', 'type', 'format'], hasText: true },
    nvram: {
      attributes: ['template', 'format', 'type'],
      hasText: true,
      refused: { source: 'the NVRAM is a file' },
    },
    kernel: 'text',
    initrd: 'text',
    cmdline: 'text',
    boot: { attributes: ['dev'], isMany: true },
    bootmenu: 'kept',
    bios: 'kept',
    smbios: { attributes: ['mode'] },
  },
  refused: {
    dtb: 'no x86 machine has a device tree',
    acpi: 'weft gives a machine no ACPI tables of somebody else',
    shim: NO_DEVICE,
    init: 'it is for containers',
    initarg: 'it is for containers',
  },
} as const

export const DISK_ELEMENT = {
  attributes: ['type', 'device'],
  keptAttributes: ['snapshot', 'model', 'sgio', 'rawio'],
  ignored: LIVE,
  children: {
    driver: {
      attributes: ['name', 'type'],
      keptAttributes: [
        'cache',
        'io',
        'discard',
        'detect_zeroes',
        'error_policy',
        'rerror_policy',
        'ioeventfd',
        'event_idx',
        'queues',
        'queue_size',
        'iommu',
        'ats',
        'packed',
        'page_per_vq',
        'iothread',
        'discard_no_unref',
      ],
      refused: { copy_on_read: 'weft copies a disk by: weft disk clone' },
    },
    source: {
      attributes: ['file', 'dev', 'pool', 'volume', 'mode'],
      keptAttributes: ['startupPolicy'],
      ignored: /^(index|seclabel|privateData)$/,
      children: { encryption: ENCRYPTION_ELEMENT },
      refused: {
        reservations: 'weft passes no SCSI reservations on',
        slices: 'weft gives a whole file',
      },
    },
    target: {
      attributes: ['bus'],
      keptAttributes: ['dev', 'removable', 'tray', 'rotation_rate'],
      firstAttributes: ['dev'],
    },
    iotune: {
      children: { total_bytes_sec: 'text', total_iops_sec: 'text' },
      refused: Object.fromEntries(
        [
          'read_bytes_sec',
          'write_bytes_sec',
          'read_iops_sec',
          'write_iops_sec',
          'size_iops_sec',
          'group_name',
        ].map((name) => [name, 'weft limits reads and writes together: total_bytes_sec, total_iops_sec']),
      ),
    },
    readonly: {},
    serial: 'text',
    boot: BOOT,
    alias: ALIAS,
    address: 'kept',
  },
  isMany: true,
  refused: {
    shareable: 'two machines never write to one disk; <readonly/> lets several read one',
    transient: 'what is written stays; weft disk create NAME --backing FILE makes a disk to throw away',
    encryption: 'weft reads no encrypted disk',
    auth: NO_DEVICE,
    blockio: 'the guest sees the sizes of the file',
    geometry: 'the guest sees the sizes of the file',
    wwn: 'weft gives a disk no name of its own',
    vendor: 'it is for SCSI disks',
    product: 'it is for SCSI disks',
  },
} as const

const RATE = {
  attributes: ['average', 'peak', 'burst'],
  refused: { floor: 'weft promises no NIC a floor' },
} as const

export const INTERFACE_ELEMENT = {
  attributes: ['type'],
  keptAttributes: ['trustGuestRxFilters', 'managed'],
  ignored: LIVE,
  children: {
    mac: { attributes: ['address'], ignored: /^(type|check)$/ },
    source: {
      attributes: ['network', 'portgroup', 'bridge', 'dev', 'mode'],
      ignored: /^portid$/,
    },
    target: { keptAttributes: ['dev'], ignored: /^managed$/ },
    model: { attributes: ['type'] },
    driver: 'kept',
    filterref: {
      attributes: ['filter'],
      children: { parameter: { attributes: ['name', 'value'], isMany: true } },
    },
    bandwidth: { children: { inbound: RATE, outbound: RATE } },
    link: { attributes: ['state'] },
    port: { attributes: ['isolated'] },
    boot: BOOT,
    alias: ALIAS,
    rom: 'kept',
    coalesce: 'kept',
    tune: 'kept',
    address: 'kept',
  },
  isMany: true,
  refused: {
    vlan: 'the port group of a network says which VLAN: portgroup=',
    virtualport: 'it is for Open vSwitch and for switches that speak 802.1Qbg or 802.1Qbh',
    mtu: 'the network has the MTU',
    ip: 'the guest gets its address from the network: weft vm set --ip',
    route: 'the guest gets its routes from the network',
    backend: 'packets leave through the network',
    portForward: 'the network publishes ports',
    teaming: 'weft hands no host NIC to a guest that could be teamed',
    guest: 'it is for containers',
    downscript: 'weft plugs NICs in itself',
    script: 'weft plugs NICs in itself',
  },
} as const

const DEVICES = {
  children: {
    emulator: 'kept',
    disk: DISK_ELEMENT,
    controller: 'kept',
    filesystem: FILESYSTEM_ELEMENT,
    interface: INTERFACE_ELEMENT,
    serial: 'kept',
    console: 'kept',
    channel: 'kept',
    input: 'kept',
    tpm: TPM_ELEMENT,
    graphics: GRAPHICS_ELEMENT,
    sound: 'kept',
    audio: 'kept',
    video: 'kept',
    hostdev: HOSTDEV_ELEMENT,
    hub: 'kept',
    redirdev: 'kept',
    redirfilter: 'kept',
    memballoon: 'kept',
    rng: 'kept',
    panic: 'kept',
  },
  refused: {
    lease: NO_DEVICE,
    parallel: NO_DEVICE,
    smartcard: NO_DEVICE,
    watchdog: NO_DEVICE,
    memory: 'weft brings a memory device of its own: <maxMemory> says how much there may be',
    nvram: NO_DEVICE,
    vsock: NO_DEVICE,
    shmem: NO_DEVICE,
    iommu: NO_DEVICE,
    crypto: NO_DEVICE,
    pstore: NO_DEVICE,
  },
} as const

export const DOMAIN_ELEMENT = {
  attributes: ['type', 'id'],
  children: {
    name: 'text',
    uuid: 'text',
    title: 'kept',
    description: 'kept',
    metadata: 'kept',
    // Weft has one memory device, whatever the number of slots.
    maxMemory: { attributes: ['slots', 'unit'], hasText: true },
    memory: { attributes: ['unit'], keptAttributes: ['dumpCore'], hasText: true },
    currentMemory: { attributes: ['unit'], hasText: true },
    memoryBacking: MEMORY_BACKING_ELEMENT,
    iothreads: 'kept',
    vcpu: { attributes: ['current', 'cpuset'], keptAttributes: ['placement'], hasText: true },
    resource: 'kept',
    sysinfo: SYSINFO_ELEMENT,
    os: OS,
    features: {
      children: {
        acpi: 'kept',
        apic: 'kept',
        pae: 'kept',
        hap: 'kept',
        viridian: 'kept',
        privnet: 'kept',
        hyperv: 'kept',
        pmu: 'kept',
        vmport: 'kept',
        ioapic: 'kept',
        smm: 'kept',
        vmcoreinfo: 'kept',
        msrs: 'kept',
      },
      refused: { kvm: 'weft hides KVM from no guest', tcg: TUNING },
    },
    cpu: CPU_ELEMENT,
    clock: {
      attributes: ['offset'],
      children: { timer: 'kept' },
      refused: {
        timezone: 'the clock says the time in UTC or of the host',
        adjustment: 'the clock says the time in UTC or of the host',
        basis: 'the clock says the time in UTC or of the host',
      },
    },
    on_poweroff: 'text',
    on_reboot: 'text',
    on_crash: 'text',
    on_lockfailure: 'kept',
    pm: 'kept',
    perf: 'kept',
    devices: DEVICES,
    seclabel: 'kept',
  },
  ignored: /^xmlns:/,
  refused: {
    genid: 'weft gives a machine no generation id',
    bootloader: 'it is for Xen',
    memtune: TUNING,
    blkiotune: TUNING,
    cputune: PINNING,
    numatune: PINNING,
    vcpus: 'weft chooses which processors are there from the start; <vcpu> with current= says how many',
    idmap: 'it is for containers',
    keywrap: NO_DEVICE,
    launchSecurity: 'weft has no encrypted memory',
    throttlegroups: TUNING,
    'qemu:commandline': 'weft writes the QEMU line itself, so that it knows what runs',
    'qemu:override': 'weft writes the QEMU line itself, so that it knows what runs',
  },
} as const satisfies ElementShape

export type DomainData = ElementData<typeof DOMAIN_ELEMENT>
export type DevicesData = NonNullable<DomainData['devices']>
export type DiskData = NonNullable<DevicesData['disk']>[number]
export type InterfaceData = NonNullable<DevicesData['interface']>[number]
export type FilesystemData = NonNullable<DevicesData['filesystem']>[number]
export type HostdevData = NonNullable<DevicesData['hostdev']>[number]
export type OsData = NonNullable<DomainData['os']>
export type CpuData = NonNullable<DomainData['cpu']>
