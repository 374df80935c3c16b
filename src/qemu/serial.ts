/** A guest's serial port: weftd stays connected and keeps the latest output; any number of people look on and type. */
import { connect } from 'node:net'
import type { SerialLine, SerialViewer } from '../app/guest-ports.ts'

export const SCROLLBACK_BYTES = 64 * 1024

export interface ConnectedSerial extends SerialLine {
  close(): void
}

/** Rejects when nobody listens on the socket. QEMU speaks to one client at a time, and that is weftd. */
export async function connectSerial(path: string): Promise<ConnectedSerial> {
  const socket = connect(path)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  const viewers = new Set<SerialViewer>()
  const kept = createScrollback(SCROLLBACK_BYTES)
  socket.on('data', (bytes: Buffer) => {
    kept.add(bytes)
    for (const viewer of [...viewers]) viewer.data(bytes)
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    for (const viewer of [...viewers]) viewer.end()
    viewers.clear()
  })
  return {
    scrollback: () => kept.bytes(),
    write: (bytes) => void socket.write(bytes),
    attach(viewer) {
      viewers.add(viewer)
      return () => viewers.delete(viewer)
    },
    close: () => socket.destroy(),
  }
}

/** The last `limit` bytes of a stream. Whole chunks are dropped as long as enough remains without them. */
export function createScrollback(limit: number): { add(bytes: Uint8Array): void; bytes(): Uint8Array } {
  let chunks: Uint8Array[] = []
  let total = 0
  return {
    add(bytes) {
      chunks.push(bytes)
      total += bytes.length
      while (chunks[0] !== undefined && total - chunks[0].length >= limit) {
        total -= chunks[0].length
        chunks.shift()
      }
      // A guest that prints byte by byte must not fill the memory with tiny buffers.
      if (chunks.length > 1024) chunks = [Buffer.concat(chunks)]
    },
    bytes() {
      const whole = Buffer.concat(chunks)
      return whole.subarray(Math.max(0, whole.length - limit))
    },
  }
}
