/** The order to boot in: libvirt has it by kind in `<os>`, or by device. */
import type { BootDevice } from '../../../core/vm/spec.ts'
import type { Reading } from '../element-shape.ts'
import { complain, readNumber } from '../read-value.ts'
import type { DomainData } from './domain-element.ts'

const KINDS: Readonly<Record<string, BootDevice>> = { hd: 'disk', cdrom: 'cd', network: 'net' }

/** By kind. */
export function readBoot({ os }: DomainData, reading: Reading): BootDevice[] {
  return (os?.boot ?? []).flatMap(({ dev = '' }, index): BootDevice[] => {
    const kind = Object.hasOwn(KINDS, dev) ? KINDS[dev] : undefined
    if (kind === undefined)
      complain(
        reading,
        `os.boot[${String(index)}]`,
        `'${dev}' is nothing weft boots from`,
        'hd, cdrom or network',
      )
    return kind === undefined ? [] : [kind]
  })
}

/** Of one device. */
export function readBootOrder(
  { boot }: { readonly boot?: { readonly order?: string } },
  path: string,
  reading: Reading,
): number | undefined {
  return readNumber(boot?.order, `${path}.boot.order`, reading)
}
