/** A serial console over an upgraded connection: raw bytes both ways; when the client goes, the guest does not notice. */
import type { Duplex } from 'node:stream'
import { openConsole } from '../app/console.ts'
import type { App } from '../app/ports.ts'

/** A viewer this far behind is let go: the guest is never held up. */
const BACKLOG_LIMIT = 4 * 1024 * 1024

/** Cursor home and erase, as `clear`, a full-screen program or a reset sends it. */
const CLEAR = /\u001b\[H\u001b\[[23]?J(?:\u001b\[3J)?|\u001bc/g

/** Of what the guest printed lately, what its screen still shows: replayed, a clearing would also wipe what stands above. */
export function sinceClear(scrollback: Uint8Array): Buffer {
  // latin1: one character a byte, so that an index in the text is an index in the bytes.
  const bytes = Buffer.from(scrollback)
  const last = [...bytes.toString('latin1').matchAll(CLEAR)].at(-1)
  return last === undefined ? bytes : bytes.subarray(last.index + last[0].length)
}

/** Throws before anything is sent when there is no such console. */
export function serveConsole(app: App, name: string, socket: Duplex, head: Buffer): void {
  const line = openConsole(app, name)
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: weft-console\r\n\r\n')
  socket.write(sinceClear(line.scrollback()))
  const leave = line.attach({
    data: (bytes) => {
      socket.write(bytes)
      if (socket.writableLength > BACKLOG_LIMIT) socket.destroy()
    },
    end: () => socket.end(),
  })
  if (head.length > 0) line.write(head)
  socket.on('data', (bytes: Buffer) => {
    line.write(bytes)
  })
  socket.on('end', () => socket.end())
  socket.on('error', () => socket.destroy())
  socket.on('close', leave)
}
