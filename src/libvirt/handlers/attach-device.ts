/** Devices come to a machine. */
import { changeCd } from '../../app/change-cd.ts'
import { changeDrives } from '../../app/change-drives.ts'
import { attachNic } from '../../app/change-nics.ts'
import { attachDevice } from '../../app/plug-device.ts'
import { attachDisk } from '../../app/plug-disk.ts'
import type { ScopedRequest } from '../../app/scope.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import type { GivenDevice } from '../xml/domain/device.ts'
import type { DomainHandle } from '../wire/types.ts'
import { fail } from './failures.ts'
import { findDrive, findNic } from './find-device.ts'
import { specOf } from './find-machine.ts'
import { givenDisk, givenNic, readDevice } from './given-device.ts'
import type { Context, Handlers } from './handler.ts'
import { impactOf, LIVE, specShown, type Impact } from './impact.ts'

export const ATTACH_HANDLERS = {
  DOMAIN_ATTACH_DEVICE: (context, { dom, xml }) => attach(context, dom, xml, LIVE),
  DOMAIN_ATTACH_DEVICE_FLAGS: (context, { dom, xml, flags }) => attach(context, dom, xml, flags & 3),
} as const satisfies Partial<Handlers<'DOMAIN_ATTACH_DEVICE' | 'DOMAIN_ATTACH_DEVICE_FLAGS'>>

type Nothing = Readonly<Record<string, never>>

/** A machine, and those of its two lists of devices that the call is about. */
interface Ground {
  readonly context: Context
  readonly impact: Impact
  readonly stored: VmSpec
  readonly running: VmSpec | undefined
  readonly request: ScopedRequest
}

async function attach(context: Context, dom: DomainHandle, xml: string, flags: number): Promise<Nothing> {
  const impact = impactOf(context, dom, flags)
  const stored = specOf(context, dom)
  const given = await readDevice(xml, stored.machine)
  const running = impact.live ? (await specShown(context, dom, LIVE)).spec : undefined
  const request = { ...context.change, scope: impact.scope }
  const ground = { context, impact, stored, running, request }
  const { name } = impact
  if (given.kind === 'disk')
    await (given.definition.cdroms.length > 0 ? attachCd(ground, given) : addDisk(ground, given))
  else if (given.kind === 'interface') await addNic(ground, given)
  else if (given.kind === 'hostdev') await attachDevice(context.app, name, deviceIn(given), request)
  else throw unsupported(impact, 'attach', given.kind)
  return {}
}

export function unsupported({ live }: Impact, verb: 'attach' | 'detach' | 'update', kind: string): Error {
  return fail(
    'unsupported',
    'qemu',
    `${live ? 'live' : 'persistent'} ${verb} of device '${kind}' is not supported`,
  )
}

/** The word for a device of the host. */
export function deviceIn({ definition }: GivenDevice): string {
  const device = definition.devices?.[0]?.device
  if (device === undefined) throw fail('xml', 'domain', 'it does not say which device of the host')
  return device
}

async function addDisk(ground: Ground, given: GivenDevice): Promise<void> {
  const { context, impact, request } = ground
  refuseTaken(ground, given.target)
  const disk = await givenDisk(context, given)
  const { result } = await attachDisk(context.app, impact.name, disk, request)
  // Two disks of one image would write over each other.
  if (result === 'already-attached')
    throw fail('invalid', 'qemu', `'${disk.path}' is a disk of this machine already`)
}

/** What runs is asked first, as libvirt does. */
function refuseTaken({ impact, stored, running }: Ground, target = ''): void {
  const text = `target ${target} already exists`
  if (impact.config && findDrive(stored, target) !== undefined) throw fail('invalid', 'qemu', text)
  if (running !== undefined && findDrive(running, target) !== undefined) throw fail('failed', 'qemu', text)
}

/** One for a drive that is there is a change of what is in it; a drive itself comes at a start only. */
async function attachCd(
  { context, impact, stored, running, request }: Ground,
  { definition, target = '' }: GivenDevice,
): Promise<void> {
  const { app } = context
  const [cd] = definition.cdroms
  const there = findDrive(running ?? stored, target)
  if (there?.kind === 'cdrom') {
    await changeCd(app, impact.name, { drive: there.drive, path: cd?.path }, request)
    return
  }
  if (there !== undefined) throw fail('failed', 'qemu', `target ${target} already exists`)
  if (running !== undefined) throw fail('unsupported', 'qemu', "cdrom device hotplug isn't supported")
  await changeDrives(app, impact.name, (drives) => [...drives, cd ?? {}], context.change)
}

async function addNic(
  { context, impact, stored, running, request }: Ground,
  given: GivenDevice,
): Promise<void> {
  const nic = givenNic(context, given)
  const { mac } = nic
  const has = (spec: VmSpec | undefined): boolean =>
    mac !== undefined && spec !== undefined && findNic(spec, undefined, mac) !== undefined
  if (mac !== undefined && (has(running) || (impact.config && has(stored))))
    throw fail('failed', 'qemu', `network device with mac ${mac} already exists`)
  await attachNic(context.app, impact.name, nic, request)
}
