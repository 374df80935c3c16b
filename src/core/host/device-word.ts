/** A device of the host in a word: `0000:01:00.0` or `01:00.0`, a USB port `1-2.3`, a make `0781:5567`, or the numbers that lsusb shows, `1.4`. */
import { WeftError } from '../errors.ts'
import type { SeenDevice } from './device.ts'

/** The word as it is kept; undefined when it is none. */
export function parseDeviceWord(text: string): string | undefined {
  const word = text.trim().toLowerCase()
  const pci = /^(?:([0-9a-f]{4}):)?([0-9a-f]{2}:[01][0-9a-f]\.[0-7])$/.exec(word)
  if (pci !== null) return `${pci[1] ?? '0000'}:${pci[2] ?? ''}`
  return /^(\d+-\d+(\.\d+)*|[0-9a-f]{4}:[0-9a-f]{4}|\d+\.\d+)$/.test(word) ? word : undefined
}

export function getDeviceWord(text: string): string {
  const word = parseDeviceWord(text)
  if (word !== undefined) return word
  throw new WeftError('invalid-argument', `'${text}' is no device of a host`, {
    hint: 'a PCI address 0000:01:00.0, a USB port 1-2.3, or maker and model of a USB device 0781:5567: weft host device list',
  })
}

export const isPciWord = (word: string): boolean => /^[0-9a-f]{4}:[0-9a-f]{2}:/.test(word)

/** Those that a word means: one, unless it is wrong, or several USB devices are of one make. */
export function devicesOf(word: string, all: readonly SeenDevice[]): SeenDevice[] {
  return all.filter(
    ({ bus, address, vendor, product, numbers }) =>
      address === word ||
      (bus === 'usb' &&
        (`${vendor}:${product}` === word ||
          (numbers !== undefined && `${String(numbers.bus)}.${String(numbers.device)}` === word))),
  )
}
