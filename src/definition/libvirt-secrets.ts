/** Filters and secrets of a libvirt installation. */
import { fromBase64 } from '../core/base64.ts'
import { WeftError } from '../core/errors.ts'
import type { FoundSecret } from '../core/lab/installation.ts'
import type { FilterSpec } from '../core/network/filter/filter-spec.ts'
import { STOCK_FILTERS } from '../core/network/filter/stock-filters.ts'
import { filterXml, readFilterXml } from '../libvirt/xml/filter.ts'
import { readSecretXml } from '../libvirt/xml/secret.ts'

/** libvirt writes a UUID into each of its files. */
export async function readLibvirtFilter(text: string): Promise<FilterSpec> {
  const read = await readFilterXml(text)
  if ('wrong' in read) throw new WeftError('invalid-definition', read.wrong)
  return { ...read, uuid: needUuid(read.uuid) }
}

/** It says what the one says that every libvirt brings. */
export function isStockFilter(filter: FilterSpec): boolean {
  const stock = STOCK_FILTERS.find(({ name }) => name === filter.name)
  return stock !== undefined && filterXml(filter) === filterXml({ ...stock, uuid: filter.uuid })
}

/** `value`: of the file beside it, in base64. */
export async function readLibvirtSecret(text: string, value: string | undefined): Promise<FoundSecret> {
  const read = await readSecretXml(text)
  if ('wrong' in read) throw new WeftError('invalid-definition', read.wrong)
  const spec = { ...read, uuid: needUuid(read.uuid) }
  if (value === undefined) return { spec }
  try {
    return { spec, value: fromBase64(value.trim()) }
  } catch {
    return { spec }
  }
}

function needUuid(uuid: string | undefined): string {
  if (uuid !== undefined) return uuid
  throw new WeftError('invalid-definition', 'it has no <uuid>, as files that libvirt has written do')
}
