/** Sizes and times as people write them: `10G`, `512M`, `1.5 GiB`. Powers of 1024, as qemu-img has them. */

const UNITS = ['', 'K', 'M', 'G', 'T', 'P'] as const

/** `10G`, `10GiB`, `1.5T`, `4096`, `4096B` → bytes, a whole number; undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([KMGTP])(?:i?B)?|B)?$/i.exec(text.trim())
  if (match === null) return undefined
  const power = UNITS.indexOf((match[2] ?? '').toUpperCase() as (typeof UNITS)[number])
  const bytes = Number(match[1]) * 1024 ** power
  return Number.isSafeInteger(Math.round(bytes)) ? Math.round(bytes) : undefined
}

/** `2G`, `2048M`, `2048` (MiB, as QEMU's -m has it) → MiB; undefined when it is no size or less than one. */
export function parseMemory(text: string): number | undefined {
  const bytes = /^\d+$/.test(text.trim()) ? Number(text) * 1024 ** 2 : parseSize(text)
  const mebibytes = bytes === undefined ? 0 : Math.floor(bytes / 1024 ** 2)
  return Number.isSafeInteger(mebibytes) && mebibytes >= 1 ? mebibytes : undefined
}

/** Bytes → at most four characters of number and a unit: `10 GiB`, `1.5 MiB`, `196 KiB`, `0 B`. */
export function formatSize(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  const value = bytes / 1024 ** power
  const digits = value < 10 && !Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value))
  return `${digits} ${power === 0 ? 'B' : `${UNITS[power] ?? ''}iB`}`
}

/** Milliseconds → `12 ms`, `3.4 s`, `2 min 5 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${String(Math.round(milliseconds))} ms`
  const seconds = milliseconds / 1000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  return `${String(Math.floor(seconds / 60))} min ${String(Math.floor(seconds % 60))} s`
}
