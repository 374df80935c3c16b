/** The strings of a `<domain>` element, checked one by one and turned into a definition of a machine. */
import type { DefinitionPlace, VmDefinition } from '../../../core/vm/definition.ts'
import type { KeptXml, LifecyclePolicy, VmSpec } from '../../../core/vm/spec.ts'
import type { Reading } from '../element-shape.ts'
import { given } from '../given.ts'
import { complain } from '../read-value.ts'
import { readBoot } from './boot-draft.ts'
import { readCpuModel } from './cpu-model.ts'
import { readDisks } from './disk-draft.ts'
import { DOMAIN_ELEMENT, type DomainData } from './domain-element.ts'
import { readDisplay, readSizes, readTpm, readVideo } from './hardware-draft.ts'
import { readSharedMemory, readShares } from './filesystem.ts'
import { readHostdevs } from './hostdev.ts'
import { keptOf } from './kept-parts.ts'
import { readNics } from './nic-draft.ts'
import { readFirmware, readKernel, readMachine, readMachineVersion } from './os-draft.ts'
import { readSysinfo } from './sysinfo.ts'
import { isStandard } from './standard-devices.ts'
import { complainOfDevices } from './device-draft.ts'

/** Problems go into `reading`; where there are any the definition is not to be used. */
export function definitionFromData(data: DomainData, reading: Reading): VmDefinition {
  if (data.name === undefined) complain(reading, 'name', 'the machine has no name', '<name>web</name>')
  if (data.memory === undefined)
    complain(reading, '', '<domain> has no <memory>', "<memory unit='MiB'>1024</memory>")
  const places = new Map<string, DefinitionPlace>()
  const os = data.os ?? {}
  const machine = readMachine(os, reading)
  const { disks, cdroms } = readDisks(data.devices?.disk ?? [], machine, { reading, places })
  const nics = readNics(data.devices?.interface ?? [], { reading, places })
  const kept = keptOf(DOMAIN_ELEMENT, data).filter((part) => !isStandard(part) && !isModelOfCpu(part))
  complainOfDevices(data, reading)
  for (const [path, from] of PLACES) {
    const place = reading.places.get(from)
    if (place !== undefined) places.set(path, place)
  }
  return {
    name: data.name ?? '',
    accelerator: readAccelerator(data, reading),
    ...readSizes(data, reading),
    machine,
    boot: readBoot(data, reading),
    disks,
    cdroms,
    nics,
    ...given({
      uuid: readUuid(data, reading),
      cpuModel: data.cpu === undefined ? undefined : readCpuModel(data.cpu, reading),
      machineVersion: readMachineVersion(os),
      firmware: readFirmware(os, reading),
      kernel: readKernel(os, reading),
      lifecycle: readLifecycle(data, reading),
      clock: readClock(data, reading),
      tpm: readTpm(data.devices ?? {}, reading),
      shares: readShares(data.devices?.filesystem, reading, places),
      devices: readHostdevs(data.devices?.hostdev, reading, places),
      sharedMemory: readSharedMemory(data, reading),
      smbios: readSysinfo(data, reading),
      display: readDisplay(data.devices ?? {}, reading),
      video: readVideo(data.devices ?? {}, reading),
      kept: kept.length === 0 ? undefined : kept,
    }),
    places,
  }
}

/** All but `host-model`, which is what weft does without a word, are made of the machine's own model. */
const isModelOfCpu = ({ at, name, value }: KeptXml): boolean =>
  at === 'cpu' && name === 'mode' && value !== 'host-model'

/** Paths of problems, and where what they are about stands. */
const PLACES: readonly (readonly [string, string])[] = [
  ['', ''],
  ['name', 'name'],
  ['uuid', 'uuid'],
  ['cpus', 'vcpu'],
  ['memoryMiB', 'memory'],
  ['maxMemoryMiB', 'maxMemory'],
  ['maxCpus', 'vcpu'],
  ['topology', 'cpu.topology'],
  ['tpm', 'devices.tpm'],
  ['sharedMemory', 'memoryBacking'],
  ['display', 'devices.graphics'],
  ['video', 'devices.video[0]'],
  ['cpuModel', 'cpu'],
  ['accelerator', 'type'],
  ['machine', 'os.type.machine'],
  ['firmware', 'os.loader'],
  ['boot', 'os.boot[0]'],
  ['kernel', 'os.kernel'],
  ['initrd', 'os.initrd'],
]

/** libvirt takes a uuid with or without dashes, in any case. */
function readUuid({ uuid: text }: DomainData, reading: Reading): string | undefined {
  if (text === undefined) return undefined
  const hex = text.trim().toLowerCase().replaceAll('-', '')
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(hex)
  if (parts === null) complain(reading, 'uuid', `'${text.trim()}' is not a UUID`, 'leave it out to get one')
  return parts?.slice(1).join('-')
}

/** `kvm` is KVM where it works: a machine that insists on it says so in weft's own element. */
function readAccelerator({ type }: DomainData, reading: Reading): VmSpec['accelerator'] {
  if (type === 'kvm') return 'auto'
  if (type !== 'qemu') {
    const message =
      type === undefined ? "<domain> has no attribute 'type'" : `domain type '${type}' is not QEMU's`
    complain(reading, 'type', message, "type='kvm', or type='qemu' to run without KVM")
  }
  return 'tcg'
}

const ENDS = { destroy: 'destroy', restart: 'restart', preserve: 'preserve' } as const

function readLifecycle(data: DomainData, reading: Reading): LifecyclePolicy | undefined {
  const read = (name: 'on_poweroff' | 'on_reboot' | 'on_crash'): keyof typeof ENDS | undefined => {
    const word = data[name]?.trim()
    if (word === undefined) return undefined
    if (Object.hasOwn(ENDS, word) && !(word === 'preserve' && name === 'on_reboot'))
      return ENDS[word as keyof typeof ENDS]
    const known = name === 'on_reboot' ? 'destroy or restart' : 'destroy, restart or preserve'
    complain(reading, name, `<${name}> '${word}' is not supported`, known)
    return undefined
  }
  const onReboot = read('on_reboot')
  const policy = given({
    onPoweroff: read('on_poweroff'),
    onReboot: onReboot === 'preserve' ? undefined : onReboot,
    onCrash: read('on_crash'),
  })
  return Object.keys(policy).length === 0 ? undefined : policy
}

function readClock({ clock }: DomainData, reading: Reading): 'localtime' | undefined {
  const offset = clock?.offset ?? 'utc'
  if (offset === 'localtime') return 'localtime'
  if (offset !== 'utc')
    complain(
      reading,
      'clock.offset',
      `clock offset '${offset}' is not supported`,
      "offset='utc' or 'localtime'",
    )
  return undefined
}
