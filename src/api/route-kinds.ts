/** What a route of the contract is, and the two kinds that most of them are. */
import { boolean, string } from './shape.ts'
import type { Schema, Shape } from './shape.ts'
import { VIEWS } from './view-shapes.ts'

/** Raw bytes; the first two are sent to weftd. */
type Bytes = 'upload' | 'guest-upload' | 'download'

export interface RouteContract {
  readonly summary: string
  /** One shape a `{name}` of the path. */
  readonly params: Readonly<Record<string, Shape<string>>>
  /** Every one may be left out. Text in the URL: `true` and `false` for booleans. */
  readonly query: Readonly<Record<string, Schema>>
  readonly body: Schema | undefined
  /** A shape of JSON, or a stream: server-sent events, or raw bytes after an upgrade of the connection. */
  readonly reply: Schema | 'events' | 'console' | 'capture' | 'openapi' | 'metrics' | Bytes
  /** Whether the read-only socket refuses it. */
  readonly changes: boolean
}

export const name = string({ description: 'a name', minLength: 1, maxLength: 255 })
export const dryRun = boolean('only plan: nothing is changed, `script` is what would run')

/** A route that only looks. */
export const look = <
  const Params extends RouteContract['params'],
  const Reply extends RouteContract['reply'],
>(
  summary: string,
  params: Params,
  reply: Reply,
) => ({ summary, params, query: {}, body: undefined, reply, changes: false }) as const

/** A route that changes something: every one takes `dryRun` and answers with the change. */
export const change = <const Params extends RouteContract['params'], const Body extends Schema | undefined>(
  summary: string,
  params: Params,
  body: Body,
) => ({ summary, params, query: { dryRun }, body, reply: VIEWS.change, changes: true }) as const
