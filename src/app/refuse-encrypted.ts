/** What weft does not do with encrypted disks: said before anything is done, by name. */
import { WeftError } from '../core/errors.ts'
import type { DiskDraft } from '../core/storage/disk.ts'

/** `deed`: fits after "an encrypted disk cannot be". */
export function encrypted(what: string, deed: string, hint?: string): WeftError {
  const message = `${what} is encrypted, and an encrypted disk cannot be ${deed}`
  return new WeftError('unsupported', message, {
    hint:
      hint ?? 'weft disk clone, upload and download keep it as it is; in a guest everything can be copied',
  })
}

export function refuseEncrypted(
  disks: readonly { readonly path: string; readonly isEncrypted?: true }[],
  deed: string,
  hint?: string,
): void {
  const disk = disks.find(({ isEncrypted }) => isEncrypted === true)
  if (disk !== undefined) throw encrypted(`'${disk.path}'`, deed, hint)
}

/** QEMU takes keys as text, of any length a keyslot can have. */
const LONGEST_KEY = 4096

export function refuseKey({ format, isEncrypted }: DiskDraft, key: string | undefined): void {
  const refuse = (message: string, hint: string): WeftError =>
    new WeftError('invalid-argument', message, { hint })
  if (key !== undefined && isEncrypted !== true)
    throw refuse('a key was given for a disk that is not encrypted', 'say --encrypt, too')
  if (isEncrypted === true && format === 'raw')
    throw refuse('a raw disk cannot be encrypted', 'leave the format out: a qcow2 image can')
  if (key === undefined) return
  if (key === '' || Buffer.byteLength(key) > LONGEST_KEY || key.includes('\0'))
    throw refuse('the key cannot be one', `a text of at most ${String(LONGEST_KEY)} bytes`)
}
