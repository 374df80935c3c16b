/** What a disk is to be: one request of the contract, with its shape. */
import { boolean, integer, object, oneOf, optional, string } from './shape.ts'

export interface CreateDiskRequest {
  readonly name: string
  /** Bytes; may be absent with a backing file. */
  readonly size?: number
  readonly format?: 'qcow2' | 'raw'
  /** A disk, or the absolute path of an image. */
  readonly backing?: string
  readonly backingFormat?: 'qcow2' | 'raw'
  readonly pool?: string
  readonly encrypt?: boolean
  /** Absent: weft makes one. */
  readonly key?: string
}

const text = (description: string) => string({ description, minLength: 1, maxLength: 4096 })

export const CREATE_DISK = object<CreateDiskRequest>(
  {
    // It becomes a file's name: nothing that a path could be made of.
    name: string({
      description:
        'a name of letters, digits, dots, dashes and underscores that begins with a letter or digit',
      pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]*$',
      maxLength: 64,
    }),
    size: optional(integer({ description: 'bytes', minimum: 1 })),
    format: optional(oneOf('qcow2', 'raw')),
    backing: optional(text('a disk, or an absolute path')),
    backingFormat: optional(oneOf('qcow2', 'raw')),
    pool: optional(text('a pool; default is built in')),
    encrypt: optional(boolean('what is written to it is encrypted (LUKS)')),
    key: optional(text('with this; absent: weft makes a key')),
  },
  'CreateDisk',
)
