/** Digests of bytes as they pass: weft's own, by which images are kept, and the one a project has published. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { formatChecksum, type Checksum } from '../core/image/image.ts'
import { WeftError, type ErrorCode } from '../core/errors.ts'

export interface Digests {
  readonly sha256: string
  /** Of the bytes with the algorithm of what they are held against. */
  readonly other: string | undefined
}

export interface Digesting {
  update(bytes: Uint8Array): void
  end(): Digests
}

export function digesting(expected: Checksum | undefined): Digesting {
  const own = createHash('sha256')
  const other: Hash | undefined = expected?.algorithm === 'sha512' ? createHash('sha512') : undefined
  return {
    update(bytes) {
      own.update(bytes)
      other?.update(bytes)
    },
    end: () => ({ sha256: own.digest('hex'), other: other?.digest('hex') }),
  }
}

/** Feeds what a file has already. Bytes read. */
export async function digestFile(path: string, into: Digesting): Promise<number> {
  let count = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    into.update(chunk)
    count += chunk.length
  }
  return count
}

/** Throws when the bytes are not those that were expected. */
export function refuseWrong(
  digests: Digests,
  expected: Checksum | undefined,
  what: string,
  code: ErrorCode,
): void {
  if (expected === undefined) return
  const hex = expected.algorithm === 'sha256' ? digests.sha256 : digests.other
  if (hex === expected.hex) return
  throw new WeftError(code, `${what} is not what it should be: its checksum is another`, {
    details: [
      ['expected', formatChecksum(expected)],
      ['it has', `${expected.algorithm}:${hex ?? ''}`],
    ],
    hint: 'nothing of it was kept; try again later, it may be changing just now',
  })
}
