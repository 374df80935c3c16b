/** Devices of the host that a machine cannot be given: nobody's machine takes what the host or another machine needs. */
import type { Problem } from '../errors.ts'
import { VFIO, type SeenDevice } from '../host/device.ts'
import { companions, deviceRefusal, type DeviceSurroundings } from '../host/device-refusal.ts'
import { devicesOf, parseDeviceWord } from '../host/device-word.ts'
import type { LentDevice } from '../host/lend-device.ts'
import type { HostDeviceSpec } from './hardware-spec.ts'
import type { VmSpec } from './spec.ts'

interface Surroundings {
  readonly others: readonly VmSpec[]
  /** Absent: nobody has looked, since the machine wants none. */
  readonly devices?: DeviceSurroundings
  /** Those that the machine has at this moment. */
  readonly lent?: readonly LentDevice[]
}

export function hostDeviceProblems(spec: VmSpec, around: Surroundings): Problem[] {
  const { devices = [], machine } = spec
  if (devices.length === 0) return []
  if (machine === 'microvm') {
    const message = "a 'microvm' machine has no PCI bus for devices of the host"
    return [{ path: 'devices', message, hint: 'use --machine q35' }]
  }
  return devices.flatMap((device, i) => {
    const [message, hint] = problemOf(device, i, spec, around) ?? []
    return message === undefined || hint === undefined
      ? []
      : [{ path: `devices.${String(i)}`, message, hint }]
  })
}

type Trouble = readonly [message: string, hint: string]

const LIST = 'weft host device list'

function problemOf(
  wanted: HostDeviceSpec,
  position: number,
  spec: VmSpec,
  around: Surroundings,
): Trouble | undefined {
  const { device: word } = wanted
  if (parseDeviceWord(word) !== word) return [`'${word}' is no device of a host`, LIST]
  const all = around.devices?.devices ?? []
  const found = devicesOf(word, all)
  const [device] = found
  if (device === undefined) return [`this host has no device '${word}'`, LIST]
  if (found.length > 1)
    return [
      `'${word}' is not one device: ${found.map(({ address }) => address).join(' and ')} are of that make`,
      `name one by its port: ${device.address}`,
    ]
  const means = (other: HostDeviceSpec): boolean => devicesOf(other.device, all).includes(device)
  if (spec.devices?.slice(0, position).some(means) === true)
    return [`'${word}' is given twice`, 'leave one out']
  const owner = around.others.find(({ devices = [] }) => devices.some(means))
  if (owner !== undefined)
    return [`machine '${owner.name}' has '${word}'`, `weft device detach ${owner.name} ${word}`]
  return hostTrouble(wanted, device, spec, around)
}

/** What it has already it may keep. */
function hostTrouble(
  { device: word, isUnmanaged }: HostDeviceSpec,
  device: SeenDevice,
  spec: VmSpec,
  { devices: host, lent = [], others }: Surroundings,
): Trouble | undefined {
  if (host === undefined || lent.some(({ address }) => address === device.address)) return undefined
  const refusal = deviceRefusal(device, host)
  if (refusal !== undefined)
    return [`'${word}' cannot be given to a machine: ${refusal.because}`, refusal.hint]
  const { holder, group } = device
  const isOwnGroup = group !== undefined && lent.some((other) => other.group === group)
  if (holder !== undefined && !isOwnGroup)
    return [`${holder.program} (process ${String(holder.pid)}) has '${word}' open`, 'end that one first']
  const user = [spec, ...others].find(({ disks }) =>
    disks.some(({ path }) => device.disks.some(({ disk }) => path === `/dev/${disk}`)),
  )
  if (user !== undefined)
    return [`a disk of machine '${user.name}' is on '${word}'`, `weft vm show ${user.name}`]
  if (isUnmanaged === true && device.bus === 'pci' && !device.drivers.includes(VFIO))
    return [
      `'${word}' is not bound to ${VFIO}, and weft is not to do that`,
      "let weft do it: managed='yes', in YAML without unmanaged",
    ]
  return companyTrouble(word, device, spec, host)
}

function companyTrouble(
  word: string,
  device: SeenDevice,
  { devices = [] }: VmSpec,
  { devices: all }: DeviceSurroundings,
): Trouble | undefined {
  const given = devices.flatMap((each) => devicesOf(each.device, all))
  const left = companions(device, all).filter((other) => !given.includes(other))
  if (left.length === 0) return undefined
  const names = left.map(({ address }) => address)
  return [
    `'${word}' shares IOMMU group ${String(device.group)} with ${names.join(' and ')}, which would have to come along`,
    `give the machine all of them: ${names.map((name) => `--device ${name}`).join(' ')}`,
  ]
}
