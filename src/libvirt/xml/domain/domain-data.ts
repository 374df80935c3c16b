/** A machine as the strings of libvirt's elements; what they cannot say is left over. */
import type { CdromDevice, DiskDevice, NicDevice, VmSpec } from '../../../core/vm/spec.ts'
import type { DomainAround } from '../../../core/vm/domain-around.ts'
import { omit } from '../../../core/vm/omit.ts'
import { bandwidthData } from '../bandwidth-draft.ts'
import { given } from '../given.ts'
import { cpuData } from './cpu-model.ts'
import { hardwareData, processorsData, sizesData } from './hardware-data.ts'
import {
  DISK_ELEMENT,
  DOMAIN_ELEMENT,
  INTERFACE_ELEMENT,
  type DiskData,
  type DomainData,
  type InterfaceData,
  type OsData,
} from './domain-element.ts'
import { driveNames } from '../../../core/vm/drive-names.ts'
import { hostdevsData, restOfHostdev } from './hostdev.ts'
import { withKept } from './kept-parts.ts'
import { filesystemData, memoryBackingData } from './filesystem.ts'
import { cardOf } from './hardware-draft.ts'
import { sysinfoData } from './sysinfo.ts'
import { standardParts } from './standard-devices.ts'
import { putWeft } from './weft-element.ts'

export function dataFromSpec(spec: VmSpec, around: DomainAround): DomainData {
  const { live } = around
  const names = driveNames(spec)
  const disks = spec.disks.map((disk, i) => diskData(disk, names.disks[i] ?? '', live?.diskAliases[i]))
  const cds = spec.cdroms.map((cd, i) => cdData(spec, cd, names.cdroms[i] ?? '', live?.cdAliases[i]))
  const found = spec.accelerator === 'auto' ? (around.accelerator ?? 'auto') : spec.accelerator
  const isTcg = (live?.accelerator ?? found) === 'tcg'
  const kept = putWeft(spec.kept ?? [], restOf(spec, isTcg)).filter((part) => isStill(part, spec))
  const all = [...kept, ...standardParts(spec, kept, live !== undefined)]
  const data: DomainData = {
    type: isTcg ? 'qemu' : 'kvm',
    name: spec.name,
    uuid: spec.uuid,
    ...sizesData(spec, live?.bootMiB),
    os: osData(spec, around),
    clock: { offset: spec.clock ?? 'utc' },
    devices: {
      disk: [...disks, ...cds],
      interface: spec.nics.map((nic, i) =>
        withLink(nicData(nic, live?.interfaces[i], live?.nicAliases[i]), isOut(nic, live?.pulled)),
      ),
      ...given({ filesystem: spec.shares?.map((share) => filesystemData(share, live !== undefined)) }),
      ...given({ hostdev: hostdevsData(spec, live !== undefined) }),
      ...hardwareData(spec, live?.screen),
    },
    ...given({
      id: live?.id === undefined ? undefined : String(live.id),
      memoryBacking: memoryBackingData(spec.sharedMemory),
      sysinfo: sysinfoData(spec.smbios),
      cpu: processorsData(spec),
      on_poweroff: spec.lifecycle?.onPoweroff,
      on_reboot: spec.lifecycle?.onReboot,
      on_crash: spec.lifecycle?.onCrash,
    }),
  }
  return withKept(DOMAIN_ELEMENT, data, all)
}

/** What is said of a part goes with it. */
function isStill(
  { at, name, xml = '' }: NonNullable<VmSpec['kept']>[number],
  { display, tpm, video }: VmSpec,
): boolean {
  if (at === 'devices' && name === 'video') return cardOf(xml) === (video ?? 'vga')
  if (at.startsWith('devices.graphics')) return display !== undefined
  return tpm === true || !at.startsWith('devices.tpm')
}

const BOOT = { disk: 'hd', cd: 'cdrom', net: 'network' } as const

function osData(
  { machine, machineVersion, boot, kernel, firmware, smbios }: VmSpec,
  { nvram }: DomainAround,
): OsData {
  return {
    type: { arch: 'x86_64', machine: machineVersion ?? machine, text: 'hvm' },
    boot: boot.map((device) => ({ dev: BOOT[device] })),
    ...given({
      loader:
        firmware === undefined
          ? undefined
          : {
              readonly: 'yes',
              type: 'pflash',
              text: firmware.code,
              ...(firmware.isSecure === true ? { secure: 'yes' } : {}),
            },
      nvram: firmware === undefined ? undefined : { template: firmware.template, text: nvram },
      kernel: kernel?.path,
      initrd: kernel?.initrd,
      cmdline: kernel?.append,
      smbios: smbios === undefined ? undefined : { mode: 'sysinfo' },
    }),
  }
}

const sourceOf = ({
  path,
  isEncrypted,
}: Pick<DiskDevice, 'path' | 'isEncrypted'>): Pick<DiskData, 'type' | 'source'> => {
  const encryption = { format: 'luks', secret: { type: 'passphrase', usage: path } }
  const crypt = isEncrypted === true ? { encryption } : {}
  return path.startsWith('/dev/')
    ? { type: 'block', source: { dev: path, ...crypt } }
    : { type: 'file', source: { file: path, ...crypt } }
}

function diskData(disk: DiskDevice, dev: string, alias: string | undefined): DiskData {
  const { format, bus, isReadOnly, iops, bps, serial, kept } = disk
  const data: DiskData = {
    ...sourceOf(disk),
    device: 'disk',
    driver: { name: 'qemu', type: format },
    target: { bus },
    ...given({
      iotune:
        iops === undefined && bps === undefined
          ? undefined
          : given({ total_bytes_sec: text(bps), total_iops_sec: text(iops) }),
      readonly: isReadOnly === true ? {} : undefined,
      serial,
      ...bootData(disk),
      alias: alias === undefined ? undefined : { name: alias },
    }),
  }
  return named(withKept(DISK_ELEMENT, data, kept), dev)
}

function cdData({ machine }: VmSpec, cd: CdromDevice, dev: string, alias: string | undefined): DiskData {
  const { path, kept } = cd
  const data: DiskData = {
    ...(path === undefined ? { type: 'file' } : sourceOf({ path })),
    device: 'cdrom',
    driver: { name: 'qemu', type: 'raw' },
    target: { bus: machine === 'pc' ? 'ide' : 'sata' },
    readonly: {},
    ...bootData(cd),
    ...given({ alias: alias === undefined ? undefined : { name: alias } }),
  }
  return named(withKept(DISK_ELEMENT, data, kept), dev)
}

/** Spread, so that it is absent where it is not said. */
const bootData = ({ bootOrder }: { readonly bootOrder?: number }): Pick<DiskData, 'boot'> =>
  bootOrder === undefined ? {} : { boot: { order: String(bootOrder) } }

const named = (data: DiskData, dev: string): DiskData => ({ ...data, target: { dev, ...data.target } })

function nicData(nic: NicDevice, name: string | undefined, alias: string | undefined): InterfaceData {
  const { network, mac, model, portgroup, bandwidth, isIsolated, filter, kept } = nic
  const data: InterfaceData = {
    type: 'network',
    mac: { address: mac },
    source: { network, ...given({ portgroup }) },
    model: { type: model },
    ...bootData(nic),
    ...given({
      target: name === undefined ? undefined : { dev: name },
      filterref:
        filter === undefined
          ? undefined
          : { filter: filter.name, ...given({ parameter: filter.parameters }) },
      bandwidth: bandwidthData(bandwidth),
      port: isIsolated === true ? { isolated: 'yes' } : undefined,
      alias: alias === undefined ? undefined : { name: alias },
    }),
  }
  return withKept(INTERFACE_ELEMENT, data, kept)
}

/** What is seen of one that runs counts more than how it has begun. */
const isOut = ({ mac, link }: NicDevice, pulled: ReadonlySet<string> | undefined): boolean =>
  pulled?.has(mac) ?? link === 'down'

/** libvirt says nothing of a cable that is plugged in. */
const withLink = (data: InterfaceData, isPulled: boolean): InterfaceData =>
  isPulled ? { ...data, link: { state: 'down' } } : data

const text = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : String(value)

/** Fields that the elements above say. */
const SAID = ['name', 'uuid', 'cpus', 'memoryMiB', 'machine', 'firmware', 'boot', 'kernel'] as const
const SAID_TOO = [
  'lifecycle',
  'clock',
  'kept',
  'maxCpus',
  'topology',
  'maxMemoryMiB',
  'tpm',
  'display',
  'video',
  'sharedMemory',
  'smbios',
  'machineVersion',
] as const
const SAID_OF_DISKS = [
  'format',
  'bus',
  'isReadOnly',
  'isEncrypted',
  'iops',
  'bps',
  'serial',
  'bootOrder',
  'kept',
] as const
const SAID_OF_NICS = [
  'network',
  'model',
  'portgroup',
  'bandwidth',
  'isIsolated',
  'link',
  'filter',
  'bootOrder',
  'kept',
] as const
const SAID_OF_SHARES = ['path', 'kind', 'isReadOnly', 'isMapped', 'kept'] as const

/** What they do not say, new things of a definition included, with the devices by what they are known by. */
function restOf(spec: VmSpec, isTcg: boolean): object {
  const {
    accelerator,
    cpuModel,
    disks,
    nics,
    shares = [],
    devices = [],
    ...rest
  } = omit(spec, ...SAID, ...SAID_TOO, 'cdroms')
  return given({
    ...rest,
    accelerator: accelerator === 'kvm' || (isTcg && accelerator === 'auto') ? accelerator : undefined,
    cpuModel: cpuData(cpuModel) === undefined ? cpuModel : undefined,
    disks: listed(disks.map((disk) => omit(disk, ...SAID_OF_DISKS))),
    nics: listed(nics.map((nic) => omit(nic, ...SAID_OF_NICS))),
    shares: listed(shares.map((share) => omit(share, ...SAID_OF_SHARES))),
    devices: someOf(devices.flatMap((device) => restOfHostdev(device) ?? [])),
  })
}

const someOf = (parts: readonly object[]): readonly object[] | undefined =>
  parts.length === 0 ? undefined : parts

/** Only those that have more than what they are known by. */
function listed(parts: readonly object[]): readonly object[] | undefined {
  const more = parts.filter((part) => Object.keys(part).length > 1)
  return someOf(more)
}
