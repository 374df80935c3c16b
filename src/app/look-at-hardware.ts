/** What this host has of the hardware that a machine wants: only what it wants is looked for. */
import { CARDS } from '../core/vm/qemu-display.ts'
import { virtiofsdOf } from '../core/vm/shares.ts'
import type { SeenHardware } from '../core/vm/hardware-problems.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import type { App } from './ports.ts'
import { readLive } from './vm-state.ts'

export async function lookAtHardware(app: App, spec: VmSpec): Promise<SeenHardware> {
  const { display, tpm, video = 'none' } = spec
  const card = CARDS[video]
  return {
    ...(display?.kind === 'spice' ? { hasSpice: await app.emulator.hasSpice() } : {}),
    ...(card === undefined ? {} : { hasCard: await app.emulator.hasDevice(card) }),
    ...(await virtiofsdFor(app, spec)),
    ...(await devicesFor(app, spec)),
    ...(tpm === true ? { hasSwtpm: await app.emulator.hasSwtpm() } : {}),
  }
}

async function devicesFor(
  app: App,
  { name, devices = [] }: VmSpec,
): Promise<Pick<SeenHardware, 'devices' | 'lent'>> {
  if (devices.length === 0) return {}
  const { lookAtDevices } = await import('./host-devices.ts')
  const live = app.machines.isRunning(name) ? await readLive(app, name) : undefined
  return { devices: await lookAtDevices(app), ...(live?.lent === undefined ? {} : { lent: live.lent }) }
}

/** Programs that serve devices over vhost-user tell of themselves here, as QEMU's documentation has it (docs/interop/vhost-user.json). */
const DESCRIPTORS = ['/etc/qemu/vhost-user', '/usr/share/qemu/vhost-user']

/** Looked for each time: somebody may have installed it because weft said so. */
export async function virtiofsdFor(
  app: App,
  { shares = [] }: Pick<VmSpec, 'shares'>,
): Promise<{ readonly virtiofsd?: string }> {
  if (shares.every(({ kind }) => kind !== 'virtiofs')) return {}
  for (const directory of DESCRIPTORS) {
    const files = (await app.images.list(directory)).filter((file) => file.endsWith('.json')).sort()
    for (const file of files) {
      const found = virtiofsdOf((await app.host.readTextFile(`${directory}/${file}`)) ?? '')
      if (found !== undefined) return { virtiofsd: found }
    }
  }
  return {}
}
