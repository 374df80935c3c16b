/** Speeds and delays as people and tc write them: `10mbit`, `1.5 Mbit/s`, `80ms`. Powers of 1000, as networks count. */

const UNITS = ['', 'k', 'M', 'G', 'T'] as const

/** `10mbit`, `10Mbit/s`, `1.5G`, `64000` → bits a second; undefined when it is no speed. */
export function parseRate(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:bit(?:s|\/s|ps)?|bps)?$/i.exec(text.trim())
  if (match === null) return undefined
  const power = UNITS.findIndex((unit) => unit.toLowerCase() === (match[2] ?? '').toLowerCase())
  return Math.round(Number(match[1]) * 1000 ** power)
}

/** Bits a second → `940 Mbit/s`, `1.2 kbit/s`, `0`. */
export function formatRate(bits: number): string {
  if (bits === 0) return '0'
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bits)) / 3)))
  const value = bits / 1000 ** power
  const digits = value < 10 && !Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value))
  return `${digits} ${UNITS[power] ?? ''}bit/s`
}

/** `80ms`, `1.5s`, `250us`, `80` → milliseconds; undefined when it is no time. */
export function parseDelay(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(us|ms|s|m|)$/i.exec(text.trim())
  if (match === null) return undefined
  const unit = (match[2] ?? '').toLowerCase()
  const factor = unit === 'us' ? 0.001 : unit === 's' ? 1000 : unit === 'm' ? 60_000 : 1
  return Number((Number(match[1]) * factor).toFixed(3))
}

/** `1%`, `0.5` → of a hundred; undefined when it is no part of a whole. */
export function parsePercent(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text.trim())
  const value = match === null ? NaN : Number(match[1])
  return value <= 100 ? value : undefined
}
