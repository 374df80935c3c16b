/** The two long answers of weftd: its events, and the console of a machine. Through Node's http, loaded by who needs it. */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import type { Duplex } from 'node:stream'
import { WeftError } from '../core/errors.ts'
import { connectionError, errorFromView, pathOf } from './client.ts'
import type { Connection } from './client.ts'
import { ROUTES } from './routes.ts'
import type { ErrorView } from './views.ts'

// The ESM facade of node:http would touch lazy getters and load undici: 13 MB and 40 ms.
const http = process.getBuiltinModule('node:http')

/** Calls back with every event until the signal; resolves when weftd ends the stream. */
export async function followEvents(
  connection: Connection,
  onEvent: (event: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await openEvents(connection, signal)
  response.setEncoding('utf8')
  let pending = ''
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      const messages = `${pending}${chunk}`.split('\n\n')
      pending = messages.pop() ?? ''
      for (const message of messages)
        if (message.startsWith('data: ')) onEvent(JSON.parse(message.slice('data: '.length)))
    }
  } catch (error) {
    // A weftd that is ended cuts the stream off.
    const isCutOff = (error as NodeJS.ErrnoException).code === 'ECONNRESET'
    if (!signal.aborted && !isCutOff) throw error
  }
}

/** Looking is all it takes: whoever may not use the socket follows on the read-only one. */
async function openEvents(connection: Connection, signal: AbortSignal): Promise<IncomingMessage> {
  try {
    return await openStream(connection, connection.socket, ROUTES.events[1], signal)
  } catch (error) {
    const isDenied = error instanceof WeftError && error.code === 'not-permitted'
    if (!isDenied || connection.readOnlySocket === undefined) throw error
    return await openStream(connection, connection.readOnlySocket, ROUTES.events[1], signal)
  }
}

/** An answer that goes on; rejects with the error of one that does not begin. */
export function openStream(
  connection: Connection,
  socketPath: string,
  path: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-weft-user': encodeURIComponent(connection.user) }
    const request = start({ socketPath, path, signal, headers }, connection, reject)
    request.on('response', (response) => {
      if (response.statusCode === 200) resolve(response)
      else readError(response).then(reject, reject)
    })
    request.end()
  })
}

/** The serial console of a machine: raw bytes both ways. */
export function openConsole(connection: Connection, name: string): Promise<Duplex> {
  const headers = { connection: 'Upgrade', upgrade: 'weft-console' }
  const where = { socketPath: connection.socket, path: pathOf('vmConsole', { name }), headers }
  return new Promise((resolve, reject) => {
    const request = start(where, connection, reject)
    request.on('upgrade', (_response, stream, head) => {
      if (head.length > 0) stream.unshift(head)
      resolve(stream)
    })
    request.on('response', (response) => {
      readError(response).then(reject, reject)
    })
    request.end()
  })
}

/** `body` is sent from the moment on when weftd asks for it; it is given up as soon as there is an answer. */
export function sendStream(
  connection: Connection,
  { path, type }: { readonly path: string; readonly type: string },
  body: AsyncIterable<Uint8Array>,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = {
      'x-weft-user': encodeURIComponent(connection.user),
      'content-type': type,
      expect: '100-continue',
    }
    const where = { socketPath: connection.socket, path, method: 'PUT', headers }
    let isAnswered = false
    const request = start(where, connection, (error) => {
      if (!isAnswered) reject(error)
    })
    request.on('response', (response) => {
      isAnswered = true
      const answer = response.statusCode === 200 ? readJson(response) : readError(response)
      answer
        .then((value) => {
          if (value instanceof WeftError) reject(value)
          else resolve(value)
        }, reject)
        .finally(() => request.destroy())
    })
    request.on('continue', () => {
      copyTo(request, body, () => isAnswered).catch((error: unknown) => {
        // Without its end it is no whole stream: weftd gives up what has come.
        if (!isAnswered) reject(error instanceof Error ? error : new Error(String(error)))
        isAnswered = true
        request.destroy()
      })
    })
    request.flushHeaders()
  })
}

async function copyTo(
  request: ClientRequest,
  body: AsyncIterable<Uint8Array>,
  isOver: () => boolean,
): Promise<void> {
  for await (const chunk of body) {
    if (isOver()) return
    if (!request.write(chunk))
      await new Promise<void>((resolve) => {
        const go = (): void => {
          request.off('drain', go).off('close', go).off('response', go)
          resolve()
        }
        request.once('drain', go).once('close', go).once('response', go)
      })
  }
  request.end()
}

async function readJson(response: IncomingMessage): Promise<unknown> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response as AsyncIterable<string>) text += chunk
  return JSON.parse(text)
}

function start(
  options: RequestOptions,
  connection: Connection,
  reject: (error: Error) => void,
): ClientRequest {
  const request = http.request({ ...options, agent: false })
  request.on('error', (error: NodeJS.ErrnoException) => {
    reject(connectionError(error, options.socketPath ?? '', connection))
  })
  return request
}

async function readError(response: IncomingMessage): Promise<WeftError> {
  return errorFromView((await readJson(response)) as ErrorView)
}
