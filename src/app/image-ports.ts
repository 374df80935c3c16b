/** What the use cases of images need from the world: bytes, fetched or copied, and checked while they pass. */
import type { Checksum } from '../core/image/image.ts'

/** Works in a directory of its own, in which nothing is used by any machine. */
export interface ImageFiles {
  /** Copies a file of this host. */
  copy(order: CopyOrder): Promise<HereFile>
  /** The same without the copy: what it would be. */
  examine(order: CopyOrder): Promise<HereFile>
  /** Gives up what no image was made of. */
  discard(path: string): Promise<void>
}

export interface CopyOrder {
  readonly path: string
  readonly expected: Checksum | undefined
}

/** A whole file with its digest, where nobody else writes. */
export interface HereFile {
  /** It is moved from there. */
  readonly path: string
  /** sha256. */
  readonly digest: string
  readonly bytes: number
  readonly content: FileContent
}

/** By its first bytes. */
export type FileContent = 'qcow2' | 'iso' | 'raw' | 'compressed' | 'text'
