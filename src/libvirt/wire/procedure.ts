/** One line of the protocol's table: a call, or an event that nobody has asked for at that moment. */
import { struct, type Codec, type Fields, type FieldsOf } from './xdr.ts'

/**
 * Who may call it. `before`: anybody, before being known. `read`: also a connection that may only read; `write`: none of those. A function
 * says so of one call: true where it only reads.
 */
export type Access<A> = 'before' | 'read' | 'write' | ((args: A) => boolean)

/** Where the bytes of the stream that a call opens go: `down` to the client. */
export type StreamDirection = 'down' | 'up' | 'both'

export interface Call<A, R> {
  readonly kind: 'call'
  readonly number: number
  readonly access: Access<A>
  /** The function of libvirt's library that makes this call, as refusals name it; empty where there is none. */
  readonly api: string
  readonly args: Codec<A>
  readonly ret: Codec<R>
  readonly stream?: StreamDirection
}

export interface Event<M> {
  readonly kind: 'event'
  readonly number: number
  readonly message: Codec<M>
}

export interface Flags {
  readonly flags: number
}

export function call<A extends Fields, R extends Fields>(
  number: number,
  access: Access<FieldsOf<A>>,
  api: string,
  args: A,
  ret: R,
): Call<FieldsOf<A>, FieldsOf<R>> {
  return { kind: 'call', number, access, api, args: struct(args), ret: struct(ret) }
}

/** A call whose reply opens a stream. */
export function streaming<A, R>(stream: StreamDirection, opening: Call<A, R>): Call<A, R> {
  return { ...opening, stream }
}

export function event<M extends Fields>(number: number, message: M): Event<FieldsOf<M>> {
  return { kind: 'event', number, message: struct(message) }
}
