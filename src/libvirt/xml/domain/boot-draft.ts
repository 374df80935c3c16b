/** The order to boot in: libvirt has it by kind in `<os>`, or by device. */
import type { BootDevice } from '../../../core/vm/spec.ts'
import type { Reading } from '../element-shape.ts'
import { complain, readNumber } from '../read-value.ts'
import type { DomainData } from './domain-element.ts'

const KINDS: Readonly<Record<string, BootDevice>> = { hd: 'disk', cdrom: 'cd', network: 'net' }

export function readBoot(data: DomainData, reading: Reading): BootDevice[] {
  const ordered = orderedDevices(data, reading)
  const words = data.os?.boot ?? []
  if (ordered.length > 0 && words.length > 0)
    complain(
      reading,
      'os.boot[0]',
      'the boot order stands in <os> and with the devices',
      'keep one of the two',
    )
  const kinds = words.flatMap(({ dev = '' }, index): BootDevice[] => {
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
  return ordered.length > 0 ? kindsInOrder(ordered, reading) : kinds
}

interface Ordered {
  readonly kind: BootDevice
  /** Among its kind. */
  readonly position: number
  readonly order: number
  readonly path: string
}

function orderedDevices({ devices = {} }: DomainData, reading: Reading): Ordered[] {
  const count = { disk: 0, cd: 0, net: 0 }
  const disks = (devices.disk ?? []).map(({ boot, device }, i) => ({
    kind: device === 'cdrom' ? ('cd' as const) : ('disk' as const),
    boot,
    path: `devices.disk[${String(i)}].boot`,
  }))
  const nics = (devices.interface ?? []).map(({ boot }, i) => ({
    kind: 'net' as const,
    boot,
    path: `devices.interface[${String(i)}].boot`,
  }))
  const all = [...disks, ...nics].flatMap(({ kind, boot, path }): Ordered[] => {
    const position = count[kind]
    count[kind] += 1
    const order = readNumber(boot?.order, `${path}.order`, reading)
    return order === undefined ? [] : [{ kind, position, order, path }]
  })
  return all.sort((a, b) => a.order - b.order)
}

/** weft tries all devices of a kind, in the order they stand in, before the next kind. */
function kindsInOrder(ordered: readonly Ordered[], reading: Reading): BootDevice[] {
  const kinds: BootDevice[] = []
  ordered.forEach(({ kind, position, path }, i) => {
    const before = ordered[i - 1]
    const isNext = before?.kind === kind ? before.position < position : !kinds.includes(kind)
    if (!isNext)
      complain(
        reading,
        path,
        'weft tries devices of a kind one after the other, in the order they stand in',
        'put the devices in their boot order',
      )
    if (!kinds.includes(kind)) kinds.push(kind)
  })
  return kinds
}
