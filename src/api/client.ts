/**
 * Speaks to weftd over its unix socket: one function for every JSON route (`streams.ts` has events and consoles). Loads neither shapes
 * nor Node's http, because every command of the CLI starts with it.
 */
import { ERROR_CODES, WeftError } from '../core/errors.ts'
import type { ErrorCode, Problem } from '../core/errors.ts'
import type { BodyOf, JsonRoute, ParamsOf, QueryOf, ReplyOf } from './contract.ts'
import { httpCall } from './http-call.ts'
import type { HttpRequest, HttpResponse } from './http-call.ts'
import { ROUTES } from './routes.ts'
import type { RouteName } from './routes.ts'
import type { ErrorView } from './views.ts'

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
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
}

/** Makes one call; a failure is the WeftError that weftd threw. */
export async function call<R extends JsonRoute>(
  connection: Connection,
  route: R,
  input: CallInput<R>,
): Promise<ReplyOf<R>> {
  const { params, query, body } = input as AnyInput
  const response = await send(connection, {
    method: ROUTES[route][0],
    path: pathOf(route, params, query),
    headers: { 'x-weft-user': encodeURIComponent(connection.user) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return readReply(response) as ReplyOf<R>
}

/** What is no JSON, as it is. */
export async function callForText(connection: Connection, route: 'metrics'): Promise<string> {
  const response = await send(connection, {
    method: ROUTES[route][0],
    path: pathOf(route),
    headers: { 'x-weft-user': encodeURIComponent(connection.user) },
  })
  if (response.status !== 200) readReply(response)
  return response.text
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

/** On the read-only twin when looking is all that is wanted and the caller may not use the other. */
async function send(connection: Connection, request: HttpRequest): Promise<HttpResponse> {
  try {
    return await sendTo(connection.socket, connection, request)
  } catch (error) {
    const isDenied = error instanceof WeftError && error.code === 'not-permitted'
    if (!isDenied || request.method !== 'GET' || connection.readOnlySocket === undefined) throw error
    return await sendTo(connection.readOnlySocket, connection, request)
  }
}

async function sendTo(socket: string, connection: Connection, request: HttpRequest): Promise<HttpResponse> {
  try {
    return await httpCall(socket, request)
  } catch (error) {
    throw connectionError(error as NodeJS.ErrnoException, socket, connection)
  }
}

function readReply({ status, contentType, text }: HttpResponse): unknown {
  if (!contentType.startsWith('application/json'))
    throw new WeftError('internal', `weftd answered with something that is no JSON: ${text.slice(0, 200)}`)
  const value: unknown = JSON.parse(text)
  if (status === 200) return value
  throw errorFromView(value as ErrorView)
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

/** A clear word on why weftd cannot be reached, with what to type. */
export function connectionError(
  cause: NodeJS.ErrnoException,
  socket: string,
  connection: Connection,
): WeftError {
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
