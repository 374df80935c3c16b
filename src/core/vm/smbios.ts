/**
 * What the firmware tells a guest of its make and its owner (SMBIOS): one word each, `system.serial=ds=nocloud`, by libvirt's names of
 * parts and entries.
 */
import { escapeCommas } from './qemu-value.ts'

interface SmbiosPart {
  /** Of the SMBIOS structure, as QEMU's -smbios counts. */
  readonly type: number
  /** libvirt's entries, and QEMU's words for them. */
  readonly entries: Readonly<Record<string, string>>
}

export const SMBIOS_PARTS: Readonly<Record<string, SmbiosPart>> = {
  bios: { type: 0, entries: { vendor: 'vendor', version: 'version', date: 'date', release: 'release' } },
  system: {
    type: 1,
    entries: {
      manufacturer: 'manufacturer',
      product: 'product',
      version: 'version',
      serial: 'serial',
      uuid: 'uuid',
      sku: 'sku',
      family: 'family',
    },
  },
  baseBoard: {
    type: 2,
    entries: {
      manufacturer: 'manufacturer',
      product: 'product',
      version: 'version',
      serial: 'serial',
      asset: 'asset',
      location: 'location',
    },
  },
  chassis: {
    type: 3,
    entries: {
      manufacturer: 'manufacturer',
      version: 'version',
      serial: 'serial',
      asset: 'asset',
      sku: 'sku',
    },
  },
}

export interface SmbiosEntry {
  readonly part: string
  readonly entry: string
  readonly value: string
}

/** undefined for a word that names no entry, or has nothing to say. */
export function readSmbios(word: string): SmbiosEntry | undefined {
  const [, part = '', entry = '', value = ''] = /^(\w+)\.(\w+)=([^\p{Cc}]+)$/su.exec(word) ?? []
  const known = Object.hasOwn(SMBIOS_PARTS, part) ? SMBIOS_PARTS[part]?.entries : undefined
  return known !== undefined && Object.hasOwn(known, entry) ? { part, entry, value } : undefined
}

/** Words that name nothing are left out: `readSmbios` has been asked before. */
export function smbiosArgs(words: readonly string[] = []): string[] {
  const entries = words.map(readSmbios).filter((entry) => entry !== undefined)
  return Object.entries(SMBIOS_PARTS).flatMap(([name, { type, entries: known }]) => {
    const own = entries.filter(({ part }) => part === name)
    if (own.length === 0) return []
    const said = own.map(({ entry, value }) => `${known[entry] ?? entry}=${escapeCommas(value)}`)
    return ['-smbios', [`type=${String(type)}`, ...said].join(',')]
  })
}
