/** From what somebody has written of a machine to the whole machine. */
import type { MacAddress } from '../address/mac.ts'
import type { VmDefinition } from './definition.ts'
import type { FirmwareSpec } from './firmware.ts'
import type { HostDeviceSpec } from './hardware-spec.ts'
import { omit } from './omit.ts'
import type { DiskDevice, VmSpec } from './spec.ts'

/** What the use case has chosen or found; lists are in the order of the definition. */
export interface DefinitionChoices {
  readonly uuid: string
  /** For NICs that name none. */
  readonly macs: readonly MacAddress[]
  readonly networks: readonly string[]
  readonly disks: readonly Pick<DiskDevice, 'path' | 'format' | 'isEncrypted'>[]
  readonly firmware?: FirmwareSpec
}

const DEFAULT_MEMORY_MIB = 1024

export function completeDefinition(definition: VmDefinition, chosen: DefinitionChoices): VmSpec {
  return {
    cpus: 1,
    memoryMiB: DEFAULT_MEMORY_MIB,
    accelerator: 'auto',
    machine: 'q35',
    boot: [],
    ...omit(definition, 'places', 'firmware', 'disks', 'nics'),
    uuid: definition.uuid ?? chosen.uuid,
    ...(chosen.firmware === undefined ? {} : { firmware: chosen.firmware }),
    disks: definition.disks.map((disk, i) => {
      const { path = '', format: found = 'raw', isEncrypted } = chosen.disks[i] ?? {}
      const { bus = 'virtio', format = found } = disk
      const crypt = isEncrypted === undefined ? {} : { isEncrypted }
      return { ...omit(disk, 'source', 'secret'), path, format, bus, ...crypt }
    }),
    nics: definition.nics.map((nic, i) => {
      const { mac = chosen.macs[i] ?? ('' as MacAddress), model = 'virtio' } = nic
      return { ...omit(nic, 'plug'), network: chosen.networks[i] ?? '', mac, model }
    }),
  }
}

/** More of the machine and of its devices, which are known by their file or MAC; what the machine says already stays. */
export function mergeRest(spec: VmSpec, rest: object): VmSpec {
  const { disks, nics, shares, devices, accelerator, ...more } = rest as Partial<VmSpec>
  const lists = more as { cdroms?: unknown }
  delete lists.cdroms
  return {
    ...more,
    ...spec,
    accelerator:
      // What is shown as `tcg` on a host without KVM may still be `auto`.
      accelerator === 'auto' || spec.accelerator === 'auto' ? (accelerator ?? 'auto') : spec.accelerator,
    disks: spec.disks.map((disk) => ({ ...find(disks, 'path', disk.path), ...disk })),
    nics: spec.nics.map((nic) => ({ ...find(nics, 'mac', nic.mac), ...nic })),
    ...(spec.shares === undefined
      ? {}
      : { shares: spec.shares.map((share) => ({ ...find(shares, 'tag', share.tag), ...share })) }),
    ...mergeDevices(spec, devices),
  }
}

/** USB ports, of which libvirt's XML knows nothing, stand in the rest alone. */
function mergeDevices(
  { devices = [] }: Pick<VmSpec, 'devices'>,
  rest: Partial<VmSpec>['devices'],
): Pick<VmSpec, 'devices'> {
  const more = Array.isArray(rest) ? (rest as readonly HostDeviceSpec[]) : []
  const all = [
    ...devices.map((each) => ({ ...find(more, 'device', each.device), ...each })),
    ...more.filter(({ device }) => devices.every((each) => each.device !== device)),
  ]
  return all.length === 0 ? {} : { devices: all }
}

function find(parts: unknown, key: string, value: string): object | undefined {
  if (!Array.isArray(parts)) return undefined
  return (parts as unknown[]).find(
    (part): part is object =>
      typeof part === 'object' && part !== null && (part as Record<string, unknown>)[key] === value,
  )
}
