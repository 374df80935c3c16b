/** Names of drives as libvirt tells them apart: vda, sda, hda, each once. */
import type { KeptXml, VmSpec } from './spec.ts'

const PREFIXES: Readonly<Record<string, string>> = { virtio: 'vd', ide: 'hd' }

interface DriveNames {
  readonly disks: readonly string[]
  readonly cdroms: readonly string[]
}

/** The names they came with stay; the others get the first free ones. */
export function driveNames({
  disks,
  cdroms,
  machine,
}: Pick<VmSpec, 'disks' | 'cdroms' | 'machine'>): DriveNames {
  const given = [...disks, ...cdroms].flatMap(({ kept }) => driveName(kept) ?? [])
  const taken = new Set(given)
  const next = (prefix: string, kept: readonly KeptXml[] | undefined): string => {
    const own = driveName(kept)
    if (own !== undefined) return own
    let number = 0
    while (taken.has(`${prefix}${letters(number)}`)) number += 1
    const name = `${prefix}${letters(number)}`
    taken.add(name)
    return name
  }
  return {
    disks: disks.map(({ bus, kept }) => next(PREFIXES[bus] ?? 'sd', kept)),
    cdroms: cdroms.map(({ kept }) => next(machine === 'pc' ? 'hd' : 'sd', kept)),
  }
}

export const driveName = (kept: readonly KeptXml[] = []): string | undefined =>
  kept.find(({ at, name }) => at === 'target' && name === 'dev')?.value

/** When drives come or go the others keep the names they had: those that the order would call otherwise now are given theirs. */
export function withSameNames(before: VmSpec, after: VmSpec): VmSpec {
  const had = driveNames(before)
  const place = new Map(before.disks.map(({ path }, i) => [path, had.disks[i]]))
  const has = driveNames(after)
  const diskName = ({ path }: VmSpec['disks'][number]): string | undefined => place.get(path)
  const isCdGone = after.cdroms.length < before.cdroms.length
  return {
    ...after,
    disks: after.disks.map((disk, i) => named(disk, has.disks[i], diskName(disk))),
    cdroms: after.cdroms.map((cd, i) => named(cd, has.cdroms[i], isCdGone ? undefined : had.cdroms[i])),
  }
}

function named<Drive extends { readonly kept?: readonly KeptXml[] }>(
  drive: Drive,
  is: string | undefined,
  was: string | undefined,
): Drive {
  return was === undefined || is === was ? drive : withDriveName(drive, was)
}

export const withDriveName = <Drive extends { readonly kept?: readonly KeptXml[] }>(
  drive: Drive,
  value: string,
): Drive => ({
  ...drive,
  kept: [
    ...(drive.kept ?? []).filter(({ at, name }) => at !== 'target' || name !== 'dev'),
    { at: 'target', name: 'dev', value },
  ],
})

/** a to z, then aa. */
function letters(number: number): string {
  const last = String.fromCharCode(97 + (number % 26))
  return number < 26 ? last : `${letters(Math.floor(number / 26) - 1)}${last}`
}
