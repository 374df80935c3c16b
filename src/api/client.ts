/**
 * Speaks to weftd over its unix socket: one function for every JSON route, one for events, one for consoles. Loads no shapes and
 * only Node's http, because every command of the CLI starts with it.
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import type { Duplex } from 'node:stream'
import { ERROR_CODES, WeftError } from '../core/errors.ts'
import type { ErrorCode, Problem } from '../core/errors.ts'
import type { BodyOf, JsonRoute, ParamsOf, QueryOf, ReplyOf } from './contract.ts'
import { ROUTES } from './routes.ts'
import type { RouteName } from './routes.ts'
import type { ErrorView } from './views.ts'

// The ESM facade of node:http would touch lazy getters and load undici: 13 MB and 40 ms.
const http = process.getBuiltinModule('node:http')

export interface Connection {
  readonly socket: string
  /** Tried for looking only, when the caller may not use `socket`. */
  readonly readOnlySocket?: string
  /** For the history's `by`; not a security boundary: whoever may open the socket may do everything. */
  readonly user: string
  /** What to type to start weftd, for the hint. */
  readonly startCommand?: string
}

type Params<R extends RouteName> = keyof ParamsOf<R> extends never
  ? unknown
  : { readonly params: ParamsOf<R> }
type Body<R extends RouteName> = BodyOf<R> extends undefined ? unknown : { readonly body: BodyOf<R> }
export type CallInput<R extends RouteName> = Params<R> & Body<R> & { readonly query?: QueryOf<R> }

interface AnyInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

/** Makes one call; a failure is the WeftError that weftd threw. */
export async function call<R extends JsonRoute>(
  connection: Connection,
  route: R,
  input: CallInput<R>,
): Promise<ReplyOf<R>> {
  const { params, query, body } = input as AnyInput
  const response = await open(connection, ROUTES[route][0], pathOf(route, params, query), { body })
  return (await readJson(response)) as ReplyOf<R>
}

/** Calls back with every event until the signal; resolves when weftd ends the stream. */
export async function followEvents(
  connection: Connection,
  onEvent: (event: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await open(connection, 'GET', ROUTES.events[1], { signal })
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
    if (!signal.aborted) throw error
  }
}

/** The serial console of a machine: raw bytes both ways. */
export function openConsole(connection: Connection, name: string): Promise<Duplex> {
  const path = pathOf('vmConsole', { name }, {})
  const headers = { connection: 'Upgrade', upgrade: 'weft-console' }
  return new Promise((resolve, reject) => {
    const request = start({ socketPath: connection.socket, path, method: 'GET', headers }, connection, reject)
    request.on('upgrade', (_response, stream, head) => {
      if (head.length > 0) stream.unshift(head)
      resolve(stream)
    })
    request.on('response', (response) => {
      readJson(response).then(() => {
        reject(new WeftError('internal', 'weftd did not open the console'))
      }, reject)
    })
    request.end()
  })
}

export function pathOf(
  route: RouteName,
  params: AnyInput['params'] = {},
  query: AnyInput['query'] = {},
): string {
  const path = ROUTES[route][1].replace(/\{(\w+)\}/g, (_, key: string) =>
    encodeURIComponent(params[key] ?? ''),
  )
  const words = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encodeURIComponent(String(value))}`],
  )
  return words.length === 0 ? path : `${path}?${words.join('&')}`
}

interface OpenOptions {
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** Resolves with the response's head; on the read-only twin when looking is all that is wanted. */
async function open(
  connection: Connection,
  method: string,
  path: string,
  options: OpenOptions,
): Promise<IncomingMessage> {
  try {
    return await send(connection.socket, connection, { method, path }, options)
  } catch (error) {
    const { readOnlySocket } = connection
    const isDenied = error instanceof WeftError && error.code === 'not-permitted' && isSocketError(error)
    if (!isDenied || method !== 'GET' || readOnlySocket === undefined) throw error
    return await send(readOnlySocket, connection, { method, path }, options)
  }
}

function send(
  socketPath: string,
  connection: Connection,
  options: RequestOptions,
  { body, signal }: OpenOptions,
): Promise<IncomingMessage> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    'x-weft-user': encodeURIComponent(connection.user),
    ...(text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  }
  return new Promise((resolve, reject) => {
    const aborting = signal === undefined ? {} : { signal }
    const request = start({ ...options, ...aborting, socketPath, headers }, connection, reject)
    request.on('response', resolve)
    request.end(text)
  })
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

async function readJson(response: IncomingMessage): Promise<unknown> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response as AsyncIterable<string>) text += chunk
  const isJson = response.headers['content-type']?.startsWith('application/json') === true
  const value: unknown = isJson ? JSON.parse(text) : undefined
  if (response.statusCode === 200 && isJson) return value
  throw isJson
    ? errorFromView(value as ErrorView)
    : new WeftError('internal', `weftd answered with no JSON: ${text}`)
}

/** The error as weftd threw it. */
export function errorFromView(view: ErrorView): WeftError {
  const code = (Object.hasOwn(ERROR_CODES, view.code) ? view.code : 'internal') as ErrorCode
  return new WeftError(code, view.message, {
    ...(view.hint === null ? {} : { hint: view.hint }),
    details: view.details,
    problems: view.problems.map(({ path, message, hint, line, column }): Problem => ({
      path,
      message,
      ...(hint === null ? {} : { hint }),
      ...(line === null ? {} : { line }),
      ...(column === null ? {} : { column }),
    })),
  })
}

const isSocketError = (error: WeftError): boolean =>
  (error.cause as NodeJS.ErrnoException | undefined)?.code !== undefined

function connectionError(cause: NodeJS.ErrnoException, socket: string, connection: Connection): WeftError {
  if (cause.code === 'EACCES' || cause.code === 'EPERM')
    return new WeftError('not-permitted', `'${connection.user}' may not use weftd's socket '${socket}'`, {
      hint: `sudo weft ...; or, for good: sudo usermod -aG weft ${connection.user}, then log in again`,
      cause,
    })
  if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED')
    return new WeftError('daemon-unreachable', `weftd does not answer on '${socket}'`, {
      hint: connection.startCommand ?? 'sudo systemctl start weftd',
      cause,
    })
  return new WeftError('daemon-unreachable', 'weftd went away before it answered', {
    hint: 'weft status; then look with weft history whether the change was made',
    details: [['it said', cause.message]],
    cause,
  })
}
