/** An image that machines start from: a disk with a system on it, or an installer's CD. Its bytes are kept under their digest. */
import { imageDirectory, type Paths } from '../host/paths.ts'

/** A disk is what machines get an overlay of; an ISO goes into their CD drive. */
export type ImageKind = 'disk' | 'iso'

export const ALGORITHMS = ['sha256', 'sha512'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

export interface Checksum {
  readonly algorithm: Algorithm
  /** Lower case. */
  readonly hex: string
}

/** An image that is here. */
export interface ImageRecord {
  /** sha256 of its bytes, 64 hexadecimal digits. */
  readonly digest: string
  /** None: a newer one has taken its name, and something still uses this one. */
  readonly names: readonly string[]
  readonly title: string
  readonly kind: ImageKind
  readonly arch: string
  readonly format: 'qcow2' | 'raw'
  /** Bytes the guest sees. */
  readonly size: number
  /** Bytes of the file. */
  readonly bytes: number
  /** Who logs in. */
  readonly user?: string
  /** Bytes: a smaller disk is too small for the system. */
  readonly minimumDisk?: number
  /** URL, or path of the file. */
  readonly from: string
  /** What its bytes were held against, and who said so; absent: nothing, and somebody wanted it so. */
  readonly checked?: { readonly checksum: string; readonly by: string }
  /** RFC 3339. */
  readonly since: string
}

/** A word for the bytes, whatever their name: what `weft image list` shows of images without a name. */
export const SHORT_DIGEST = 12

export const imagePath = (paths: Paths, digest: string): string => `${imageDirectory(paths)}/${digest}.img`

export const formatChecksum = ({ algorithm, hex }: Checksum): string => `${algorithm}:${hex}`

/** `sha256:HEX`, or the digits alone, whose number tells. */
export function parseChecksum(text: string): Checksum | undefined {
  const [, named, hex = ''] = /^(?:(sha256|sha512):)?([0-9a-f]+)$/.exec(text.trim().toLowerCase()) ?? []
  const algorithm = hex.length === 64 ? 'sha256' : hex.length === 128 ? 'sha512' : undefined
  return algorithm === undefined || (named !== undefined && named !== algorithm)
    ? undefined
    : { algorithm, hex }
}

/** Names become words of commands; `image` with a slash is a path. */
export const isImageName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._+-]{0,62}$/.test(name)
