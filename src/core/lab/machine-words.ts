/** What becomes of a machine, in words for people: its NICs and disks one by one. */
import { omit } from '../vm/omit.ts'
import type { NicDevice, VmSpec } from '../vm/spec.ts'
import { differences, isSame } from './compare.ts'

export function machineDifferences(before: VmSpec, wanted: VmSpec): string[] {
  return [
    ...differences(before, wanted, ['nics', 'disks']),
    ...nicDifferences(before.nics, wanted.nics),
    ...diskDifferences(before, wanted),
  ]
}

function nicDifferences(before: readonly NicDevice[], wanted: readonly NicDevice[]): string[] {
  const gone = before.filter(({ mac }) => !wanted.some((nic) => nic.mac === mac))
  const words = wanted.flatMap((nic) => {
    const old = before.find(({ mac }) => mac === nic.mac)
    if (old === undefined) return [`a NIC on ${nic.network}${published(nic)}`]
    const moved = old.network === nic.network ? [] : [`the NIC on ${old.network} moves to ${nic.network}`]
    const ports =
      published(old) === published(nic) ? [] : [`${nic.network}:${published(nic) || ' publishes nothing'}`]
    const rest = (each: NicDevice): object => omit(each, 'network', 'publish', 'slot')
    const more = differences(rest(old), rest(nic)).map((word) => `NIC on ${nic.network}: ${word}`)
    return [...moved, ...ports, ...more]
  })
  const order = before.map(({ mac }) => mac).filter((mac) => wanted.some((nic) => nic.mac === mac))
  const isMoved = !isSame(
    order,
    wanted.map(({ mac }) => mac).filter((mac) => order.includes(mac)),
  )
  return [
    ...gone.map(({ network }) => `the NIC on ${network} goes`),
    ...words,
    ...(isMoved ? ['its NICs are in another order'] : []),
  ]
}

const published = ({ publish = [] }: NicDevice): string =>
  publish.length === 0 ? '' : ` publishes ${publish.join(' ')}`

function diskDifferences(before: VmSpec, wanted: VmSpec): string[] {
  const gone = before.disks.filter(({ path }) => !wanted.disks.some((disk) => disk.path === path))
  return [
    ...gone.map(({ path }) => `the disk ${path} is taken out, and kept`),
    ...wanted.disks.flatMap((disk) => {
      const old = before.disks.find(({ path }) => path === disk.path)
      if (old === undefined) return [`the disk ${disk.path}`]
      return differences(omit(old, 'slot'), omit(disk, 'slot')).map((word) => `disk ${disk.path}: ${word}`)
    }),
  ]
}
