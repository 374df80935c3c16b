/**
 * stdout, written at once. Node's own stream costs 2 ms to set up, which a command feels; it is used on terminals only, and when a
 * reader is slow.
 */

import type { Stats } from 'node:fs'

const fs = process.getBuiltinModule('node:fs')

/** 1, 3: the same on every Linux. */
const NULL_DEVICE = 0x103

export const isTerminal = (descriptor: 1 | 2): boolean =>
  isDevice(descriptor) && (descriptor === 1 ? process.stdout : process.stderr).isTTY

/** Ends the process quietly when the reader has seen enough: `weft ... | head`. */
export function writeOut(text: string | Buffer): void {
  write(1, typeof text === 'string' ? Buffer.from(text) : text)
}

export function writeError(bytes: Buffer): void {
  write(2, bytes)
}

function write(descriptor: 1 | 2, bytes: Buffer): void {
  let written = 0
  try {
    while (written < bytes.length) written += fs.writeSync(descriptor, bytes, written)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EPIPE') process.exit(0)
    if (code !== 'EAGAIN') throw error
    const stream = descriptor === 1 ? process.stdout : process.stderr
    stream.write(bytes.subarray(written))
  }
}

export const isSocket = (descriptor: 1 | 2): boolean => kindOf(descriptor)?.isSocket() === true

/** Only a character device can be a terminal, and /dev/null is none: asking this loads nothing. */
function isDevice(descriptor: number): boolean {
  const kind = kindOf(descriptor)
  return kind?.isCharacterDevice() === true && kind.rdev !== NULL_DEVICE
}

/** A descriptor may be closed. */
function kindOf(descriptor: number): Stats | undefined {
  try {
    return fs.fstatSync(descriptor)
  } catch {
    return undefined
  }
}
