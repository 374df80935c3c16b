/**
 * stdout, written at once. Node's own stream costs 2 ms to set up, which a command feels; it is used on terminals only, and when a
 * reader is slow.
 */

const fs = process.getBuiltinModule('node:fs')

export const isTerminal = (descriptor: 1 | 2): boolean =>
  isDevice(descriptor) && (descriptor === 1 ? process.stdout : process.stderr).isTTY

/** Ends the process quietly when the reader has seen enough: `weft ... | head`. */
export function writeOut(text: string): void {
  const bytes = Buffer.from(text)
  let written = 0
  try {
    while (written < bytes.length) written += fs.writeSync(1, bytes, written)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EPIPE') process.exit(0)
    if (code !== 'EAGAIN') throw error
    process.stdout.write(bytes.subarray(written))
  }
}

/** Only a character device can be a terminal: asking this loads nothing. A descriptor may be closed. */
function isDevice(descriptor: number): boolean {
  try {
    return fs.fstatSync(descriptor).isCharacterDevice()
  } catch {
    return false
  }
}
