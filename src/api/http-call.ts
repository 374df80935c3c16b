/**
 * One HTTP/1.1 request over a unix socket, and nothing else: Node's http takes 15 ms to load and to send its first request, a third
 * of what a whole command may take. Answers have a length; streams go through Node's http in `streams.ts`.
 */
import type { Socket } from 'node:net'

export interface HttpRequest {
  readonly method: string
  /** Encoded already. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface HttpResponse {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

/** Rejects with what the socket said: ENOENT, ECONNREFUSED, EACCES, or that the answer was cut off. */
export function httpCall(path: string, request: HttpRequest): Promise<HttpResponse> {
  const net = process.getBuiltinModule('node:net')
  return new Promise((resolve, reject) => {
    const socket: Socket = net.connect({ path })
    const chunks: Buffer[] = []
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      const response = parseResponse(Buffer.concat(chunks))
      if (response === undefined) return
      resolve(response)
      socket.destroy()
    })
    socket.on('close', () => {
      reject(new Error('the connection was closed before the answer was complete'))
    })
    socket.write(formatRequest(request))
  })
}

function formatRequest({ method, path, headers, body }: HttpRequest): string {
  const all = {
    host: 'localhost',
    connection: 'close',
    ...headers,
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`
}

/** Undefined until all of it is there. */
function parseResponse(bytes: Buffer): HttpResponse | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const header = (name: string): string | undefined =>
    lines
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim()
  const body = bytes.subarray(end + 4)
  if (body.length < Number(header('content-length') ?? 0)) return undefined
  return {
    status: Number(first.split(' ')[1]),
    contentType: header('content-type') ?? '',
    text: body.toString('utf8'),
  }
}
