/** Devices that are there are changed: another CD, another network, another filter, a cable pulled. */
import { changeCd } from '../../app/change-cd.ts'
import { moveNic } from '../../app/change-nics.ts'
import { filterNic } from '../../app/filter-nic.ts'
import { linkNic } from '../../app/link-nic.ts'
import { limitNic } from '../../app/limit-nic.ts'
import { setPort } from '../../app/set-port.ts'
import type { LiveVm } from '../../core/vm/context.ts'
import type { NicDevice, VmSpec } from '../../core/vm/spec.ts'
import type { GivenDevice } from '../xml/domain/device.ts'
import { unsupported } from './attach-device.ts'
import { macIn } from './detach-device.ts'
import { fail } from './failures.ts'
import { findDrive, findNic } from './find-device.ts'
import { specOf } from './find-machine.ts'
import { givenNic, readDevice } from './given-device.ts'
import type { Context, Handlers } from './handler.ts'
import { impactOf, LIVE, specShown, type Impact } from './impact.ts'

export const UPDATE_HANDLERS = {
  DOMAIN_UPDATE_DEVICE_FLAGS: async (context, { dom, xml, flags }) => {
    const impact = impactOf(context, dom, flags & 3)
    const stored = specOf(context, dom)
    const given = await readDevice(xml, stored.machine)
    const { live } = impact.live ? await specShown(context, dom, LIVE) : { live: undefined }
    const ground = { context, impact, stored, live }
    if (given.kind === 'disk') await updateDrive(ground, given)
    else if (given.kind === 'interface') await updateNic(ground, given)
    else throw unsupported(impact, 'update', given.kind)
    return {}
  },
} as const satisfies Partial<Handlers<'DOMAIN_UPDATE_DEVICE_FLAGS'>>

interface Ground {
  readonly context: Context
  readonly impact: Impact
  readonly stored: VmSpec
  /** Where the call is about what runs. */
  readonly live: LiveVm | undefined
}

/** Another CD. Of a disk nothing can be another but by detaching it. */
async function updateDrive({ context, impact, stored, live }: Ground, given: GivenDevice): Promise<void> {
  const { target = '', definition } = given
  const spec = live?.spec ?? stored
  const found = findDrive(spec, target)
  if (found === undefined)
    throw fail('invalidArgument', 'qemu', `disk '${target}' was not found in the domain config`)
  if (found.kind === 'cdrom' && definition.cdroms[0] !== undefined) {
    const { drive } = found
    const { path } = definition.cdroms[0]
    await changeCd(context.app, impact.name, { drive, path }, { ...context.change, scope: impact.scope })
    return
  }
  const source = definition.disks[0]?.source
  if (found.kind === 'cdrom' || source === undefined)
    throw fail('unsupported', 'qemu', "cannot modify field 'device' of the disk")
  if ('path' in source && source.path !== found.disk.path)
    throw fail('unsupported', 'qemu', "cannot modify field 'source' of the disk")
}

async function updateNic(ground: Ground, given: GivenDevice): Promise<void> {
  const { context, impact, stored, live } = ground
  const mac = macIn(live?.spec ?? stored, given)
  const is = findNic(live?.spec ?? stored, undefined, mac)
  const wanted = givenNic(context, given)
  if (is === undefined) return
  if (wanted.model !== is.model) {
    const change = `from ${is.model} to ${wanted.model}`
    throw fail('unsupported', 'qemu', `cannot modify network device model ${change}`)
  }
  const request = { ...context.change, scope: impact.scope }
  if (wanted.network !== is.network)
    await moveNic(context.app, impact.name, mac, { ...request, network: wanted.network })
  if (!isSame(wanted.filter, is.filter))
    await filterNic(context.app, impact.name, { mac, filter: wanted.filter }, request)
  if (!isSame(wanted.bandwidth, is.bandwidth))
    await limitNic(context.app, impact.name, { mac, bandwidth: wanted.bandwidth }, request)
  if (impact.config)
    await linkNic(context.app, impact.name, { mac, link: given.link ?? 'up' }, context.change)
  if (live !== undefined) await plug(ground, { ...is, network: wanted.network }, given.link ?? 'up')
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** libvirt takes no word of a link for one that is up. */
async function plug(
  { context, live }: Ground,
  { mac, network }: NicDevice,
  link: 'up' | 'down',
): Promise<void> {
  const place = live?.spec.nics.findIndex((nic) => nic.mac === mac) ?? -1
  const tap = live?.taps[place]
  if (tap !== undefined) await setPort(context.app, network, tap, { link }, context.change)
}
