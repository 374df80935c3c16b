/** Devices of the host that a machine is to have: which they are, and what becomes of them. */
import { WeftError } from '../core/errors.ts'
import type { SeenDevices } from '../core/host/device.ts'
import { devicesOf } from '../core/host/device-word.ts'
import { lentFrom, type LentDevice } from '../core/host/lend-device.ts'
import type { HostDeviceSpec } from '../core/vm/hardware-spec.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import type { App } from './ports.ts'

export interface Lending {
  readonly lent: readonly LentDevice[]
  readonly vfio: SeenDevices['vfio']
}

/** Nothing where it has none. What could not be given has been refused before. */
export async function lendingFor(
  app: App,
  { devices = [] }: Pick<VmSpec, 'devices'>,
): Promise<Partial<Lending>> {
  if (devices.length === 0) return {}
  const seen = await app.host.devices()
  return { lent: devices.map((device) => lentDevice(device, seen)), vfio: seen.vfio }
}

function lentDevice({ device: word }: HostDeviceSpec, { devices }: SeenDevices): LentDevice {
  const [device] = devicesOf(word, devices)
  if (device !== undefined) return lentFrom(device)
  throw new WeftError('not-found', `this host has no device '${word}' any more`, {
    hint: 'weft host device list',
  })
}

/** It holds memory of its own, which nobody could keep. */
export function refuseLent({ name, devices = [] }: VmSpec, what: 'saved' | 'snapshotted'): void {
  const [device] = devices
  if (device === undefined) return
  throw new WeftError(
    'unsupported',
    `machine '${name}' has device '${device.device}' of this host, and can therefore not be ${what}`,
    { hint: what === 'saved' ? `weft vm stop ${name}` : `weft snapshot create ${name} --disk-only` },
  )
}
