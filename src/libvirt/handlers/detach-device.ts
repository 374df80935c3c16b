/** Devices go from a machine. */
import { changeDrives } from '../../app/change-drives.ts'
import { detachNic } from '../../app/change-nics.ts'
import { detachDevice } from '../../app/plug-device.ts'
import { detachDisk } from '../../app/plug-disk.ts'
import { detachShare } from '../../app/plug-share.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import type { GivenDevice } from '../xml/domain/device.ts'
import type { DomainHandle } from '../wire/types.ts'
import { deviceIn, unsupported } from './attach-device.ts'
import { fail } from './failures.ts'
import { findAlias, findDrive, findNic, type Aliased } from './find-device.ts'
import { specOf } from './find-machine.ts'
import { readDevice } from './given-device.ts'
import type { Context, Handlers } from './handler.ts'
import { impactOf, LIVE, specShown, type Impact } from './impact.ts'

export const DETACH_HANDLERS = {
  DOMAIN_DETACH_DEVICE: (context, { dom, xml }) => detachXml(context, dom, xml, LIVE),
  DOMAIN_DETACH_DEVICE_FLAGS: (context, { dom, xml, flags }) => detachXml(context, dom, xml, flags & 3),
  DOMAIN_DETACH_DEVICE_ALIAS: async (context, { dom, alias, flags }) => {
    const { impact, specs } = await groundOf(context, dom, flags & 3)
    const [found] = specs.map((spec) => findAlias(spec, alias))
    if (found === undefined || specs.some((spec) => findAlias(spec, alias) === undefined))
      throw fail('noDevice', 'qemu', `no device found with alias ${alias}`)
    return detach(context, impact, found)
  },
} as const satisfies Partial<
  Handlers<'DOMAIN_DETACH_DEVICE' | 'DOMAIN_DETACH_DEVICE_FLAGS' | 'DOMAIN_DETACH_DEVICE_ALIAS'>
>

type Nothing = Readonly<Record<string, never>>

/** The machine as it runs, as it is defined, or both: whatever the call is about has to have the device. */
async function groundOf(
  context: Context,
  dom: DomainHandle,
  flags: number,
): Promise<{ readonly impact: Impact; readonly specs: readonly VmSpec[] }> {
  const impact = impactOf(context, dom, flags)
  const running = impact.live ? [(await specShown(context, dom, LIVE)).spec] : []
  return { impact, specs: [...running, ...(impact.config ? [specOf(context, dom)] : [])] }
}

async function detachXml(context: Context, dom: DomainHandle, xml: string, flags: number): Promise<Nothing> {
  const { impact, specs } = await groundOf(context, dom, flags)
  const given = await readDevice(xml, specOf(context, dom).machine)
  const [found] = specs.map((spec, i) => findGiven(spec, given, { ...impact, live: impact.live && i === 0 }))
  if (found === undefined) throw unsupported(impact, 'detach', given.kind)
  return detach(context, impact, found)
}

/** undefined: a kind that does not come or go. */
function findGiven(spec: VmSpec, given: GivenDevice, impact: Impact): Aliased | undefined {
  const { kind, definition, target = '' } = given
  if (kind === 'disk') {
    const found = findDrive(spec, target)
    if (found !== undefined) return found
    const text = impact.live ? `disk ${target} not found` : `no target device ${target}`
    throw fail('noDevice', 'qemu', text)
  }
  if (kind === 'interface') return { kind, mac: macIn(spec, given) }
  if (kind === 'hostdev') return { kind, device: deviceIn(given) }
  const tag = definition.shares?.[0]?.tag
  return kind === 'filesystem' && tag !== undefined ? { kind, tag } : undefined
}

/** One without a MAC is the only one that there is. */
export function macIn({ nics }: VmSpec, { definition }: GivenDevice): string {
  const mac = definition.nics[0]?.mac
  const [first, second] = mac === undefined ? nics : []
  const nic =
    mac === undefined
      ? second === undefined
        ? first
        : undefined
      : findNic({ nics } as VmSpec, undefined, mac)
  if (nic !== undefined) return nic.mac
  if (second !== undefined) throw fail('failed', 'qemu', 'multiple matching interfaces found')
  throw fail('noDevice', 'qemu', `no device matching MAC address ${mac ?? ''} found`)
}

async function detach(context: Context, impact: Impact, found: Aliased): Promise<Nothing> {
  const { app, change } = context
  const { name, scope, live } = impact
  const request = { ...change, scope }
  if (found.kind === 'disk') await detachDisk(app, name, found.disk.path, request)
  else if (found.kind === 'interface') await detachNic(app, name, found.mac, request)
  else if (found.kind === 'hostdev') await detachDevice(app, name, found.device, request)
  else if (found.kind === 'filesystem') {
    if (scope !== 'both' && app.machines.isRunning(name)) throw unsupported(impact, 'detach', found.kind)
    await detachShare(app, name, found.tag, change)
  } else {
    if (live) throw fail('unsupported', 'qemu', "disk device type 'cdrom' cannot be detached")
    await changeDrives(app, name, (drives) => drives.filter((_, i) => i !== found.drive), change)
  }
  return {}
}
