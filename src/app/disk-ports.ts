/** What the use cases need to know of disk images: the part of ports.ts that is about them. */

import type { SecretSpec } from '../core/storage/secret.ts'
import type { BackupJob } from '../core/vm/backup.ts'
import type { DiskJob } from '../core/vm/disk-job.ts'
import type { Store } from './ports.ts'

/** What is under way; notes of it are kept until nothing of it is left. */
export interface DiskStores {
  readonly jobs: Store<DiskJob>
  /** By machine. */
  readonly backups: Store<BackupJob>
  readonly keys: KeyFiles
  /** By UUID; those that are gone with the host apart. */
  readonly secrets: Store<SecretSpec>
  readonly briefSecrets: Store<SecretSpec>
}

/** Keys of encrypted disks on their way to where they are kept: no plan has one in it. */
export interface KeyFiles {
  /** Writes it to a file that root alone may read, and returns that. */
  bring(key: string | Uint8Array): Promise<string>
  /** undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined>
  /** When it was not fetched from there; harmless when it was. */
  discard(path: string): Promise<void>
}

/** Disk images, read without running anything on them. */
export interface Images {
  /** File names in the directory, sorted; none when there is no such directory. */
  list(directory: string): Promise<readonly string[]>
  /** undefined when there is no such file. Without a format the first bytes say it: a guest may have written them into a raw image. */
  inspect(path: string, as?: 'qcow2' | 'raw'): Promise<ImageFacts | undefined>
  /** Whether QEMU may read this file through io_uring: old kernels have none, and some hosts forbid it. */
  hasUring(path: string): Promise<boolean>
  /** Names of the snapshots inside a qcow2 image, also of one that a QEMU has open. */
  snapshots(path: string): Promise<readonly string[]>
  /** What qemu-img says is wrong with an image that nobody has open. */
  check(path: string, format: 'qcow2' | 'raw'): Promise<ImageCheck>
  /** Opens the file as it lies there, whatever its format. */
  read(path: string): Promise<FileReading>
  /** Writes into a file that is there, from a place on. Bytes written; throws no-space, and what `pieces` throws. */
  fill(path: string, place: FilePlace, pieces: AsyncIterable<FilePiece>): Promise<number>
}

/** Bytes of a file, or so many that are zero and need no room. */
export type FilePiece = Uint8Array | { readonly hole: number }

export interface FilePlace {
  readonly offset: number
  /** It may not go beyond; absent: the file ends where the pieces end. */
  readonly limit?: number
}

export interface FileReading {
  readonly size: number
  /** From `from` up to, not including, `to`. */
  pieces(from: number, to: number): AsyncIterable<FilePiece>
  /** Whether somebody has written to it since it was opened. */
  hasChanged(): Promise<boolean>
  close(): Promise<void>
}

export interface ImageCheck {
  readonly errors: number
  /** Clusters that nobody uses and that are not free either: room lost, nothing else. */
  readonly leaks: number
}

export interface ImageFacts {
  /** What the first bytes say: qcow2, or raw for everything else. */
  readonly format: 'qcow2' | 'raw'
  /** Bytes the guest sees. */
  readonly size: number
  /** Bytes used in the filesystem. */
  readonly used: number
  /** Absolute where the header names a file; as it stands there otherwise. */
  readonly backing: string | undefined
  /** What the header says that is; absent where it does not. */
  readonly backingFormat?: 'qcow2' | 'raw'
  /** The same for two paths that lead to one file. */
  readonly identity: string
  /** What the guest wrote lies in another file, which the header names. */
  readonly hasDataFile: boolean
  /** What the guest writes is encrypted in it. */
  readonly isEncrypted: boolean
  /** What has been written since backups were taken is noted in it. */
  readonly hasBitmaps: boolean
}

/** What a machine's QEMU has told of a job: it has come to a turn, or to its end. */
export interface JobNews {
  readonly id: string
  readonly what: 'turned' | 'ended'
  readonly error?: string
}
