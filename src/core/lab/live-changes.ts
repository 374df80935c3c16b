/** What of a machine's change can be done while it runs, and what counts from its next start only. */
import type { MacAddress } from '../address/mac.ts'
import { omit } from '../vm/omit.ts'
import type { DiskDevice, NicDevice, VmSpec } from '../vm/spec.ts'
import { differences, isSame } from './compare.ts'

export interface LiveChanges {
  readonly detach: readonly MacAddress[]
  readonly move: readonly { readonly mac: MacAddress; readonly network: string }[]
  /** As `weft nic attach` takes them. */
  readonly attach: readonly string[]
  readonly size: { readonly cpus?: number; readonly memoryMiB?: number }
  readonly cds: readonly { readonly drive: number; readonly path: string | undefined }[]
  readonly unplug: readonly string[]
  /** As `weft disk attach` takes them. */
  readonly plug: readonly string[]
  /** In words. */
  readonly cold: readonly string[]
}

/** Compared by themselves, or of no concern to what runs. */
const ASIDE = [
  'name',
  'cpus',
  'memoryMiB',
  'nics',
  'disks',
  'cdroms',
  'autostart',
  'image',
  'cloudInit',
  'kept',
]

/** `live` is what it runs with now. */
export function liveChanges(live: VmSpec, wanted: VmSpec): LiveChanges {
  const nics = pairs(live.nics, wanted.nics, ({ mac }) => mac)
  const disks = pairs(live.disks, wanted.disks, ({ path }) => path)
  const sameDrives = live.cdroms.length === wanted.cdroms.length
  return {
    detach: nics.gone.map(({ mac }) => mac),
    move: nics.both.flatMap(([one, other]) =>
      one.network === other.network ? [] : [{ mac: other.mac, network: other.network }],
    ),
    attach: nics.fresh.map(({ network, mac, model }) => `${network},mac=${mac},model=${model}`),
    size: {
      ...(live.cpus === wanted.cpus ? {} : { cpus: wanted.cpus }),
      ...(live.memoryMiB === wanted.memoryMiB ? {} : { memoryMiB: wanted.memoryMiB }),
    },
    cds: sameDrives
      ? wanted.cdroms.flatMap(({ path }, drive) =>
          live.cdroms[drive]?.path === path ? [] : [{ drive, path }],
        )
      : [],
    unplug: disks.gone.map(({ path }) => path),
    plug: disks.fresh.map(({ path, format, bus }) => `${path},format=${format},bus=${bus}`),
    cold: [
      ...differences(live, wanted, ASIDE),
      ...(sameDrives ? [] : ['CD drives']),
      ...nics.both.flatMap(([one, other]) =>
        isSame(plainNic(one), plainNic(other)) ? [] : [`the NIC ${other.mac}`],
      ),
      ...disks.both.flatMap(([one, other]) =>
        isSame(plainDisk(one), plainDisk(other)) ? [] : [`the disk ${other.path}`],
      ),
    ],
  }
}

export const isLiveChange = ({ detach, move, attach, size, cds, unplug, plug }: LiveChanges): boolean =>
  [detach, move, attach, Object.keys(size), cds, unplug, plug].some((list) => list.length > 0)

/** What stays as the NIC was plugged in; published ports and addresses are not the NIC's. */
const plainNic = (nic: NicDevice): object => omit(nic, 'network', 'publish', 'ip', 'ip6', 'slot', 'kept')
const plainDisk = (disk: DiskDevice): object => omit(disk, 'slot', 'id', 'kept')

interface Pairs<T> {
  readonly gone: readonly T[]
  readonly both: readonly (readonly [T, T])[]
  readonly fresh: readonly T[]
}

function pairs<T>(before: readonly T[], after: readonly T[], keyOf: (value: T) => string): Pairs<T> {
  const old = new Map(before.map((value) => [keyOf(value), value]))
  const now = new Set(after.map(keyOf))
  return {
    gone: before.filter((value) => !now.has(keyOf(value))),
    both: after.flatMap((value) => {
      const one = old.get(keyOf(value))
      return one === undefined ? [] : [[one, value] as const]
    }),
    fresh: after.filter((value) => !old.has(keyOf(value))),
  }
}
