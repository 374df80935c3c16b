/** The screen of a machine as QEMU arguments: a video card that is always there, and who may look at it. */
import { vmFiles } from './context.ts'
import type { Paths } from '../host/paths.ts'
import { fixedPlace } from './qemu-topology.ts'
import { escapeCommas } from './qemu-value.ts'
import { usbArgs } from './qemu-usb.ts'
import type { VideoCard } from './hardware-spec.ts'
import type { VmSpec } from './spec.ts'

/** As QEMU calls them: each begins as a VGA, which a BIOS and a boot loader draw on. */
export const CARDS = {
  vga: 'VGA',
  virtio: 'virtio-vga',
  qxl: 'qxl-vga',
  none: undefined,
} as const satisfies Record<VideoCard | 'vga', string | undefined>

/** Whether there is anything to take a picture of. */
export const hasVideo = ({ machine, video }: Pick<VmSpec, 'machine' | 'video'>): boolean =>
  machine !== 'microvm' && video !== 'none'

/**
 * The card stays in also where nobody looks at it: some installers do not boot without one. Who looks has a pointer that is where theirs is: a
 * tablet, not a mouse. A microvm has no card.
 */
export function displayArgs(spec: VmSpec, paths: Paths): string[] {
  const { machine, display, video } = spec
  if (machine === 'microvm') return ['-display', 'none']
  const driver = CARDS[video ?? 'vga']
  const card = driver === undefined ? [] : ['-device', `${driver},id=video0,${fixedPlace(machine, 'vga')}`]
  if (display === undefined) return ['-display', 'none', ...card]
  const { vnc, spice } = vmFiles(paths, spec.name)
  const server =
    display.kind === 'vnc'
      ? ['-vnc', `unix:${escapeCommas(vnc)}`]
      : ['-spice', `unix=on,addr=${escapeCommas(spice)},disable-ticketing=on`]
  return [
    ...['-display', 'none', ...server, ...card],
    ...usbArgs(spec),
    ...['-device', 'usb-tablet,id=tablet0,bus=usb.0'],
  ]
}

/** What SPICE's agent in the guest listens on: clipboard, size of the screen. After the bus of channels. */
export function displayChannelArgs({ display }: Pick<VmSpec, 'display'>): string[] {
  if (display?.kind !== 'spice') return []
  return [
    ...['-chardev', 'spicevmc,id=vdagent,name=vdagent'],
    ...['-device', 'virtserialport,bus=channels.0,chardev=vdagent,name=com.redhat.spice.0'],
  ]
}
