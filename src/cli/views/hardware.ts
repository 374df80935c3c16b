/** What a machine is made of, as lines of `weft vm show`: only what is not as in most machines. */
import type { HardwareView } from '../../api/hardware-views.ts'
import type { VmView } from '../../api/views.ts'

const FIRMWARE = { bios: 'BIOS', uefi: 'UEFI', 'uefi-secure': 'UEFI with Secure Boot' } as const

const VIDEO = { virtio: 'virtio', qxl: 'QXL', none: 'none' } as const

export function hardwareFacts({
  machine,
  firmware,
  tpm,
  shares,
  devices,
  display,
  video,
}: HardwareView): (readonly [string, string])[] {
  return [
    ['Machine', machine],
    ['Firmware', FIRMWARE[firmware]],
    ...(tpm ? [['TPM', '2.0'] as const] : []),
    ...shares.map((share) => ['Share', shareText(share)] as const),
    ...devices.map(({ device, managed }) => ['Device', managed ? device : `${device} (unmanaged)`] as const),
    ...(video === 'vga' ? [] : [['Video card', VIDEO[video]] as const]),
    ...(display === 'none' ? [] : [['Screen', display.toUpperCase()] as const]),
  ]
}

function shareText({ path, tag, kind, readOnly, mountPoint }: HardwareView['shares'][number]): string {
  const words = [kind, ...(readOnly ? ['read-only'] : [])].join(', ')
  return `${path} as ${tag}${mountPoint === null ? '' : `, at ${mountPoint}`} (${words})`
}

/** Processors and memory, with the room there is for more. */
export function sizeFacts({ cpus, memoryMiB, hardware }: VmView): (readonly [string, string])[] {
  const { maxCpus, topology, maxMemoryMiB } = hardware
  const parts =
    topology === null
      ? []
      : (['sockets', 'cores', 'threads'] as const).map((part) => `${String(topology[part])} ${part}`)
  const more = [...(maxCpus === cpus ? [] : [`up to ${String(maxCpus)}`]), ...parts]
  const room = maxMemoryMiB === memoryMiB ? '' : ` (up to ${String(maxMemoryMiB)} MiB)`
  return [
    ['CPUs', `${String(cpus)}${more.length === 0 ? '' : ` (${more.join(', ')})`}`],
    ['Memory', `${String(memoryMiB)} MiB${room}`],
  ]
}
