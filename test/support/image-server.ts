/** A server of images on loopback that fails on purpose: cuts, stalls, forgets ranges, changes files, and says so in a list. */
import { createHash } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const http = process.getBuiltinModule('node:http')

export interface ServedFile {
  bytes: Buffer
  etag?: string
  /** The connection is cut after so many bytes of the file, so many times. */
  cutAt?: number
  cuts?: number
  /** Nothing more is said after so many bytes, once. */
  stallAt?: number
  /** Whole files only. */
  ignoresRange?: boolean
  /** Answered instead, so many times. */
  status?: number
  statuses?: number
  redirect?: string
  /** Held back until this resolves. */
  gate?: Promise<void>
}

export interface ImageServer {
  readonly url: string
  readonly files: Map<string, ServedFile>
  /** `/path` or `/path bytes=5-`, in their order. */
  readonly asked: string[]
  /** That are open and have not been answered to their end. */
  readonly connections: () => number
  readonly close: () => void
}

export async function startImageServer(): Promise<ImageServer> {
  const files = new Map<string, ServedFile>()
  const asked: string[] = []
  let connections = 0
  const server: Server = http.createServer((request, response) => {
    connections += 1
    response.once('close', () => (connections -= 1))
    const path = request.url ?? ''
    asked.push([path, request.headers.range].filter((word) => word !== undefined).join(' '))
    const file = files.get(path)
    if (file === undefined) response.writeHead(404).end('<html>not found</html>')
    else void serve(file, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}`,
    files,
    asked,
    connections: () => connections,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function serve(file: ServedFile, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await file.gate
  if (file.redirect !== undefined) {
    response.writeHead(302, { location: file.redirect }).end()
    return
  }
  if (file.status !== undefined && (file.statuses ?? Infinity) > 0) {
    file.statuses = (file.statuses ?? Infinity) - 1
    response.writeHead(file.status).end('no')
    return
  }
  const from = beginOf(file, request)
  const { bytes, etag } = file
  if (from > bytes.length || (from === bytes.length && from > 0)) {
    response.writeHead(416, { 'content-range': `bytes */${String(bytes.length)}` }).end()
    return
  }
  const end = String(bytes.length - 1)
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': bytes.length - from,
    ...(etag === undefined ? {} : { etag }),
    ...(from > 0 ? { 'content-range': `bytes ${String(from)}-${end}/${String(bytes.length)}` } : {}),
  })
  send(file, from, response)
}

/** If-Range of another file asks for the whole. */
function beginOf({ ignoresRange, etag }: ServedFile, { headers }: IncomingMessage): number {
  const [, from] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? []
  const isOther = headers['if-range'] !== undefined && headers['if-range'] !== etag
  return from === undefined || ignoresRange === true || isOther ? 0 : Number(from)
}

function send(file: ServedFile, from: number, response: ServerResponse): void {
  const { bytes, cutAt, stallAt } = file
  if (stallAt !== undefined && from <= stallAt) {
    delete file.stallAt
    response.write(bytes.subarray(from, stallAt))
  } else if (cutAt !== undefined && (file.cuts ?? 0) > 0) {
    file.cuts = (file.cuts ?? 0) - 1
    // What was written has to leave before the end does.
    response.write(bytes.subarray(from, from + cutAt), () => response.socket?.end())
  } else {
    response.end(bytes.subarray(from))
  }
}

export const sum = (bytes: Buffer, algorithm: 'sha256' | 'sha512' = 'sha256'): string =>
  createHash(algorithm).update(bytes).digest('hex')
