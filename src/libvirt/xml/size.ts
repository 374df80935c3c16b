/** Amounts of bytes as libvirt writes them: a number and a unit. */

const UNITS = ['', 'k', 'm', 'g', 't', 'p', 'e']

/** `KB` counts in thousands, `K` and `KiB` in 1024; case does not matter. undefined for no unit of libvirt's. */
export function bytesOfUnit(unit: string): number | undefined {
  const word = unit.toLowerCase()
  if (word === 'b' || word === 'bytes' || word === 'byte' || word === '') return 1
  const [, letter = '', rest = ''] = /^([kmgtpe])(b|ib)?$/.exec(word) ?? []
  const power = UNITS.indexOf(letter)
  if (power <= 0) return undefined
  return (rest === 'b' ? 1000 : 1024) ** power
}

/** In bytes; undefined for what is no amount, or more than can be counted. */
export function readBytes(text: string, unit = 'bytes'): number | undefined {
  const each = bytesOfUnit(unit)
  if (each === undefined || !/^\d{1,19}$/.test(text.trim())) return undefined
  const bytes = Number(text.trim()) * each
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
