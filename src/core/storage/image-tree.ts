/** Images and what each begins with. By the files' identities: a name in a header may lead anywhere. */
import type { DiskFormat } from './disk.ts'

export interface SeenImage {
  /** Of a disk in a pool. */
  readonly name?: string
  readonly pool?: string
  readonly path: string
  readonly format: DiskFormat
  readonly size: number
  readonly used: number
  readonly identity: string
  readonly isEncrypted?: true
  /** Neither its name nor a machine says its format: its first bytes do, which may be a guest's work, and so may what it begins with. */
  readonly isProbed?: true
  /** The image this one begins with, as its header has it, and which file that is, when it is there. */
  readonly backing?: string
  readonly backingIdentity?: string
}

/** For people: what they call it. */
export const imageName = ({ name, path }: Pick<SeenImage, 'name' | 'path'>): string => name ?? path

/** Those that directly begin with it. */
export const overlaysOf = (images: readonly SeenImage[], identity: string): SeenImage[] =>
  images.filter(({ backingIdentity }) => backingIdentity === identity)
