/** What nobody should see on a command line, from a file or from stdin. */
import { WeftError } from '../core/errors.ts'

/** `-` is stdin. `what` is told where it cannot be read. */
export async function readBytes(file: string, what: string): Promise<Buffer> {
  try {
    if (file !== '-') return await process.getBuiltinModule('node:fs/promises').readFile(file)
    const pieces: Buffer[] = []
    // By its descriptor: /dev/stdin cannot be opened where it is a socket.
    for await (const piece of process.stdin as AsyncIterable<Buffer>) pieces.push(piece)
    return Buffer.concat(pieces)
  } catch (cause) {
    throw new WeftError('not-found', `${what} cannot be read from '${file}'`, {
      hint: `ls -l ${file}`,
      cause,
    })
  }
}
