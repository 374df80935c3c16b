/** Images that can be had: who publishes each, where, and what says whether its bytes are right. */
import type { Checksum, ImageKind } from './image.ts'

export interface CatalogueEntry {
  readonly name: string
  readonly aliases: readonly string[]
  readonly title: string
  readonly kind: ImageKind
  readonly arch: string
  /** `{version}` in the name of the file stands for the highest version that the list of checksums has. */
  readonly url: string
  /** Of bytes that never change. */
  readonly checksum?: Checksum
  /** URL of the list of checksums that the project publishes beside its files. */
  readonly sums?: string
  readonly user?: string
  /** Bytes: a smaller disk is too small for the system. */
  readonly minimumDisk?: number
  /** The file that says all this; absent: weft comes with it. */
  readonly source?: string
}

/** By its name, or another that it is known by. */
export function findEntry(catalogue: readonly CatalogueEntry[], word: string): CatalogueEntry | undefined {
  return (
    catalogue.find(({ name }) => name === word) ?? catalogue.find(({ aliases }) => aliases.includes(word))
  )
}

/** Those of the administrator stand before those weft comes with, whose names they may take. */
export function mergeCatalogues(
  own: readonly CatalogueEntry[],
  shipped: readonly CatalogueEntry[],
): CatalogueEntry[] {
  const taken = new Set(own.flatMap(({ name, aliases }) => [name, ...aliases]))
  const others = shipped
    .filter(({ name }) => !taken.has(name))
    .map((entry) => ({ ...entry, aliases: entry.aliases.filter((alias) => !taken.has(alias)) }))
  return [...own, ...others].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * What tells whether bytes are right must come from whom it says it comes from. Names of this host itself are as good: nobody stands
 * between.
 */
export const isTrustworthy = (url: string): boolean =>
  /^https:\/\/[^/]/.test(url) || /^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?(\/|$)/.test(url)
