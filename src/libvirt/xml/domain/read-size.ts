/** Amounts of memory as libvirt writes them: a number and a unit, KiB where none is said. */
import type { Reading } from '../element-shape.ts'
import { complain, readNumber } from '../read-value.ts'

const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  KB: 1e3,
  k: 2 ** 10,
  KiB: 2 ** 10,
  MB: 1e6,
  M: 2 ** 20,
  MiB: 2 ** 20,
  GB: 1e9,
  G: 2 ** 30,
  GiB: 2 ** 30,
  TB: 1e12,
  T: 2 ** 40,
  TiB: 2 ** 40,
}

/** In whole MiB, as much as libvirt gives: upwards. */
export function readMiB(
  data: { readonly unit?: string; readonly text?: string } | undefined,
  path: string,
  reading: Reading,
): number | undefined {
  if (data === undefined) return undefined
  const { unit = 'KiB', text } = data
  const bytes = Object.hasOwn(BYTES, unit) ? BYTES[unit] : undefined
  if (bytes === undefined)
    complain(reading, `${path}.unit`, `'${unit}' is no unit of memory`, 'such as KiB, MiB or GiB')
  const amount = readNumber(text, path, reading)
  if (amount === undefined || bytes === undefined) return undefined
  return Math.ceil((amount * bytes) / 2 ** 20)
}
