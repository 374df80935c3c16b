/**
 * Answers the contract over HTTP: finds the route, checks the request, calls the handler, sends JSON. Two servers share one app:
 * the one for everything, and its read-only twin.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { CONTRACT } from '../api/contract.ts'
import type { JsonRoute } from '../api/contract.ts'
import type { RouteName } from '../api/routes.ts'
import { WEFT_VERSION } from '../api/version.ts'
import type { App } from '../app/ports.ts'
import { WeftError } from '../core/errors.ts'
import type { BytesCall } from './byte-stream.ts'
import { serveConsole } from './console.ts'
import { errorView, HTTP_STATUS, toWeftError } from './errors.ts'
import { serveEvents } from './event-stream.ts'
import type { Call, Handlers } from './handler.ts'
import { HANDLERS } from './handlers.ts'
import { limitConnections } from './limits.ts'
import { checkRequest, takesBytes } from './read-request.ts'
import { matchRoute } from './router.ts'

// The ESM facade of node:http would touch lazy getters and load undici: 13 MB and 40 ms.
const http = process.getBuiltinModule('node:http')

export interface ApiOptions {
  readonly app: App
  readonly isReadOnly: boolean
  readonly log: (line: string) => void
}

type AnyHandler = (call: Call<JsonRoute>) => unknown

/** They change nothing of this host, and show or do what is none of everybody's business. */
const NOT_FOR_EVERYBODY: ReadonlySet<RouteName> = new Set([
  'vmConsole',
  'capture',
  'trace',
  'downloadDisk',
  'execInVm',
  'readInVm',
  'readSecret',
  'writeInVm',
  'screenshotVm',
])

/** Streams of bytes, in and out. What one gives back is the answer after them. */
type ServeBytes = (
  call: BytesCall,
  response: ServerResponse,
  request: IncomingMessage,
) => Promise<object | undefined>

const BYTES: Readonly<Partial<Record<RouteName, ServeBytes>>> = {
  readInVm: async (call, response) => (await import('./guest-files.ts')).serveGuestFile(call, response),
  writeInVm: async (...given) => (await import('./guest-files.ts')).takeGuestFile(...given),
  downloadDisk: async (call, response) => (await import('./disk-bytes.ts')).serveDownload(call, response),
  uploadDisk: async (...given) => (await import('./disk-bytes.ts')).serveUpload(...given),
}

/** Images are fetched for them: whoever goes away does not want that any more. */
const WAITS_LONG: ReadonlySet<RouteName> = new Set(['pullImage', 'createVm'])

export function createApiServer(options: ApiOptions): Server {
  // Node looks through its connections every 30 s for slow ones; limits.ts gives each its own deadline instead, so an idle
  // weftd never wakes up.
  const server = http.createServer({ connectionsCheckingInterval: 2 ** 31 - 1 })
  const takesItsTime = limitConnections(server)
  // Asked for by who sends much: routes that read it answer.
  server.on('checkContinue', (request, response) => server.emit('request', request, response))
  server.on('request', (request, response) => {
    answer({ ...options, takesItsTime }, request, response).catch((error: unknown) => {
      sendError(response, toWeftError(error, options.log))
    })
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgrade(options, request, socket, head)
  })
  return server
}

async function answer(
  options: ApiOptions & { readonly takesItsTime: (request: IncomingMessage) => void },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { route, params, search } = findRoute(options, request)
  const contract = CONTRACT[route]
  const isContinued = !takesBytes(contract) && request.headers.expect !== undefined
  if (isContinued) response.writeContinue()
  const checked = await checkRequest(contract, request, params, search)
  if (contract.reply === 'events') {
    serveEvents(options.app.events, request, response)
    return
  }
  if (contract.reply === 'capture') {
    const { serveCapture } = await import('./capture.ts')
    await serveCapture(options, { ...checked, by: callerOf(request) }, response)
    return
  }
  const serveBytes = BYTES[route]
  if (serveBytes !== undefined) {
    options.takesItsTime(request)
    const change = { by: callerOf(request), dryRun: checked.query['dryRun'] === true }
    const call = { app: options.app, name: params['name'] ?? '', query: checked.query, request: change }
    const done = await serveBytes(call, response, request)
    if (done !== undefined) sendJson(response, 200, done)
    return
  }
  if (contract.reply === 'console')
    throw new WeftError('invalid-argument', 'a console needs an upgrade of the connection to weft-console')
  if (contract.reply === 'metrics') {
    const { metricsText, METRICS_TYPE } = await import('./metrics.ts')
    send(response, { status: 200, type: METRICS_TYPE, text: await metricsText(options.app) })
    return
  }
  if (contract.reply === 'openapi') {
    const { openapiDocument } = await import('../api/openapi.ts')
    sendJson(response, 200, openapiDocument(WEFT_VERSION))
    return
  }
  const handlers = (await HANDLERS[route as JsonRoute]()) as Handlers<JsonRoute>
  const handler = handlers[route as JsonRoute] as AnyHandler
  const left = WAITS_LONG.has(route) ? { left: whenLeft(response) } : {}
  const change = { by: callerOf(request), dryRun: checked.query['dryRun'] === true, ...left }
  const call = { app: options.app, ...checked, request: change } as unknown as Call<JsonRoute>
  sendJson(response, 200, await handler(call))
}

function whenLeft(response: ServerResponse): AbortSignal {
  const left = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) left.abort()
  })
  return left.signal
}

interface Found {
  readonly route: RouteName
  readonly params: Readonly<Record<string, string>>
  readonly search: string
}

function findRoute({ isReadOnly }: ApiOptions, request: IncomingMessage): Found {
  const [path, search] = splitOnce(request.url ?? '/', '?')
  const method = request.method ?? 'GET'
  const match = matchRoute(method, path)
  if (match.kind === 'no-path')
    throw new WeftError('not-found', `this API has no '${path.slice(0, 200)}'`, {
      hint: 'GET /v1/openapi.json',
    })
  if (match.kind === 'no-method')
    throw new WeftError('invalid-argument', `'${path.slice(0, 200)}' knows no ${method}`, {
      hint: `it knows ${match.allowed.join(', ')}`,
    })
  // A dry run could be let through, but whoever may only look has no use for a plan he may not carry out.
  if (isReadOnly && (CONTRACT[match.route].changes || NOT_FOR_EVERYBODY.has(match.route)))
    throw new WeftError('not-permitted', 'this socket is for looking only', {
      hint: 'use weft.sock, as root or as a member of the group weft',
    })
  return { route: match.route, params: match.params, search }
}

function upgrade(options: ApiOptions, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  try {
    const { route, params } = findRoute(options, request)
    const wanted = request.headers.upgrade?.toLowerCase()
    if (route !== 'vmConsole' || wanted !== 'weft-console')
      throw new WeftError('invalid-argument', 'only a console can be upgraded, to weft-console')
    serveConsole(options.app, params['name'] ?? '', socket, head)
  } catch (error) {
    const failure = toWeftError(error, options.log)
    const body = JSON.stringify(errorView(failure))
    const status = HTTP_STATUS[failure.code]
    socket.on('error', () => socket.destroy())
    socket.end(
      `HTTP/1.1 ${String(status)} ${http.STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${String(Buffer.byteLength(body))}\r\nConnection: close\r\n\r\n${body}`,
    )
  }
}

/** For the history only. Whoever may open the socket may call himself anything: the socket's permissions are the boundary. */
function callerOf(request: IncomingMessage): string {
  const header = request.headers['x-weft-user']
  try {
    const name = decodeURIComponent(typeof header === 'string' ? header : '')
    return /^[\w.@ -]{1,64}$/.test(name) ? name : 'somebody'
  } catch {
    return 'somebody'
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, { status, type: 'application/json', text: `${JSON.stringify(value)}\n` })
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

function send(response: ServerResponse, { status, type, text }: Answer): void {
  const body = Buffer.from(text)
  response.writeHead(status, { 'content-type': type, 'content-length': body.length })
  response.end(body)
}

function sendError(response: ServerResponse, error: WeftError): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  // What is left of a body that was refused is not read: the connection ends here.
  if (!response.req.complete && !response.hasHeader('connection')) response.setHeader('connection', 'close')
  sendJson(response, HTTP_STATUS[error.code], errorView(error))
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
