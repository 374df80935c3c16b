/** Devices of the host: what each is, where it is, and whether a machine can have it. */
import type { HostDeviceView } from '../../api/host-views.ts'
import { wrap } from './help.ts'

const WIDTH = 79

export function formatDevices(devices: readonly HostDeviceView[]): string {
  if (devices.length === 0) return 'This host shows no PCI and no USB devices.\n'
  const width = Math.max(...devices.map(({ address }) => address.length)) + 3
  const indent = `\n${' '.repeat(width)}`
  return devices
    .map((device) => {
      const sentences = [device.text, placeOf(device), ...verdict(device)].map(sentence)
      const lines = sentences.flatMap((each) => wrap(each, WIDTH - width).split('\n'))
      return ` ${device.address.padEnd(width - 1)}${lines.join(indent)}\n`
    })
    .join('\n')
}

function placeOf({ bus, iommuGroup }: HostDeviceView): string {
  if (bus === 'usb') return 'USB'
  return iommuGroup === null ? 'PCI' : `PCI, IOMMU group ${String(iommuGroup)}`
}

function verdict({ isFree, because, hint, goesWith }: HostDeviceView): string[] {
  if (!isFree) return [`no machine can have it: ${because ?? ''}`, ...(hint === null ? [] : [`try: ${hint}`])]
  if (goesWith.length === 0) return ['a machine can have it']
  return [`a machine can have it together with ${goesWith.join(', ')}`]
}

/** A hint may end with a command, which has no full stop. */
function sentence(text: string): string {
  const begun = `${text.charAt(0).toUpperCase()}${text.slice(1)}`
  return text.startsWith('try: ') ? begun : `${begun}.`
}
