/** Every PCI and USB device of this host, explained. */
import type { SeenDevice } from '../core/host/device.ts'
import type { DeviceSurroundings } from '../core/host/device-refusal.ts'
import { explainDevice, type DeviceStory } from '../core/host/explain-device.ts'
import { lookAtLinks } from './host-links.ts'
import type { App } from './ports.ts'

export interface ExplainedDevice {
  readonly device: SeenDevice
  readonly story: DeviceStory
}

export async function listHostDevices(app: App): Promise<ExplainedDevice[]> {
  const around = await lookAtDevices(app)
  return around.devices.map((device) => ({ device, story: explainDevice(device, around) }))
}

export async function lookAtDevices(app: App): Promise<DeviceSurroundings> {
  const [seen, links] = await Promise.all([app.host.devices(), lookAtLinks(app)])
  return { ...seen, links, isVirtual: app.facts.isVirtual === true }
}
