/** Slow, broken and too many clients: each connection has a deadline of its own, so that nothing ticks while nobody calls. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WeftError } from '../core/errors.ts'
import { errorView } from './errors.ts'

/** From the connection, or the end of the last answer, to the end of the request. A local client needs milliseconds. */
export const REQUEST_LIMIT_MS = 10_000
const CONNECTIONS_LIMIT = 500

/** Answers with the way to let a request take as long as it likes. */
export function limitConnections(server: Server): (request: IncomingMessage) => void {
  server.maxConnections = CONNECTIONS_LIMIT
  server.headersTimeout = 0
  server.requestTimeout = 0
  server.keepAliveTimeout = 5_000
  const deadlines = new WeakMap<object, NodeJS.Timeout>()
  const arm = (socket: Socket): void => {
    clearTimeout(deadlines.get(socket))
    const end = (): void => {
      refuse(socket, 408, new WeftError('timeout', 'the request did not come to its end in time'))
    }
    deadlines.set(socket, setTimeout(end, REQUEST_LIMIT_MS).unref())
  }
  const disarm = (socket: object): void => {
    clearTimeout(deadlines.get(socket))
  }
  server.on('connection', (socket) => {
    arm(socket)
    socket.once('close', () => {
      disarm(socket)
    })
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    request.once('end', () => {
      disarm(socket)
    })
    response.once('finish', () => {
      if (!socket.destroyed) arm(socket)
    })
  })
  server.on('upgrade', (request: IncomingMessage) => {
    disarm(request.socket)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const tooLarge = error.code === 'HPE_HEADER_OVERFLOW'
    const message = tooLarge ? 'the headers are too large' : 'this is no HTTP request'
    refuse(socket, tooLarge ? 431 : 400, new WeftError('invalid-argument', message))
  })
  return ({ socket }) => {
    disarm(socket)
  }
}

function refuse(socket: Duplex, status: number, error: WeftError): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify(errorView(error))
  // Destroyed as soon as it is sent: whatever the other side still has to say is not waited for.
  socket.once('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${String(status)} ${error.code}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${String(Buffer.byteLength(body))}\r\nConnection: close\r\n\r\n${body}`,
  )
}
