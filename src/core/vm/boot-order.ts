/** What a machine boots from: kinds of device one after the other, or single devices in an order of their own. */
import type { Problem } from '../errors.ts'
import type { BootDevice, VmSpec } from './spec.ts'

/** Place in the boot order of the n-th device of a kind, from 1; undefined when it is never booted from. */
export type BootIndex = (kind: BootDevice, position: number) => number | undefined

/** No BIOS of a microvm boots from a NIC. */
const defaultBoot = ({ machine }: Pick<VmSpec, 'machine'>): readonly BootDevice[] =>
  machine === 'microvm' ? ['disk'] : ['disk', 'cd', 'net']

/** Without places of their own every device of a kind comes before the next kind. A kernel given directly needs no order. */
export function bootIndexes(spec: VmSpec): BootIndex {
  if (spec.kernel !== undefined) return () => undefined
  const devices = { disk: spec.disks, cd: spec.cdroms, net: spec.nics }
  if (hasOwnOrder(spec)) return (kind, position) => devices[kind][position]?.bootOrder
  const order = spec.boot.length === 0 ? defaultBoot(spec) : spec.boot
  return (kind, position) => {
    const place = order.indexOf(kind)
    if (place === -1) return undefined
    const before = order.slice(0, place).reduce((sum, other) => sum + devices[other].length, 0)
    return before + position + 1
  }
}

type Devices = Pick<VmSpec, 'disks' | 'cdroms' | 'nics'>

const hasOwnOrder = ({ disks, cdroms, nics }: Devices): boolean =>
  [...disks, ...cdroms, ...nics].some(({ bootOrder }) => bootOrder !== undefined)

/** bootindex of QEMU is a signed number of 32 bits; nobody has so many devices. */
const LAST_PLACE = 999

export function bootProblems(spec: VmSpec): Problem[] {
  const { boot } = spec
  const problem = (path: string, message: string, hint: string): Problem[] => [{ path, message, hint }]
  const twice = boot.find((device, i) => boot.indexOf(device) < i)
  if (twice !== undefined)
    return problem(
      'boot',
      `the boot order names '${twice}' twice`,
      'each once, in the order to try: cd,disk,net',
    )
  if (boot.length > 0 && hasOwnOrder(spec))
    return problem(
      'boot',
      'the boot order stands with the machine and with its devices',
      'keep one of the two',
    )
  const seen = new Set<number>()
  return (['disks', 'cdroms', 'nics'] as const).flatMap((list) =>
    spec[list].flatMap(({ bootOrder: place }, i): Problem[] => {
      if (place === undefined) return []
      const path = `${list}.${String(i)}.boot`
      if (!Number.isInteger(place) || place < 1 || place > LAST_PLACE)
        return problem(path, `${String(place)} is no place in the boot order`, '1 is tried first, then 2')
      if (seen.has(place))
        return problem(path, `place ${String(place)} in the boot order is given twice`, 'each once')
      seen.add(place)
      return []
    }),
  )
}
