/** What the use cases of images need from the world: bytes, fetched or copied, and checked while they pass. */
import type { Changed } from './change.ts'
import type { Checksum } from '../core/image/image.ts'

/** Works in a directory of its own, in which nothing is used by any machine. */
export interface ImageFiles {
  /** Copies a file of this host. */
  copy(order: CopyOrder): Promise<HereFile>
  /** The same without the copy: what it would be. */
  examine(order: CopyOrder): Promise<HereFile>
  /** From the web; goes on with what an earlier try has brought. A signal leaves what has come. */
  fetch(order: FetchOrder): Promise<HereFile>
  /** A list of checksums. */
  readText(url: string, signal: AbortSignal): Promise<string>
  /** Gives up what no image was made of. */
  discard(path: string): Promise<void>
}

export interface CopyOrder {
  readonly path: string
  readonly expected: Checksum | undefined
}

export interface FetchOrder {
  readonly url: string
  /** absent: whatever comes is taken. */
  readonly expected: Checksum | undefined
  readonly signal: AbortSignal
  readonly onProgress: (received: number, total: number | null) => void
}

/** Everybody who waits for one image: it is fetched once, and as long as one of them is there. */
export interface Pull {
  readonly done: Promise<Changed<PullResult>>
  waiting: number
  readonly giveUp: AbortController
}

export type PullResult = 'pulled' | 'here-already' | 'would-pull'

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
