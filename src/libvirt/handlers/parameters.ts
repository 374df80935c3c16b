/** Lists of typed parameters: how they are written, asked for in two turns, and read back. */
import type { TypedParam } from '../wire/types.ts'
import { fail } from './failures.ts'

export const uintParam = (field: string, value: number): TypedParam => ({ field, value: { type: 2, value } })
export const intParam = (field: string, value: number): TypedParam => ({ field, value: { type: 1, value } })
export const longParam = (field: string, value: Count): TypedParam => ({
  field,
  value: { type: 3, value: whole(value) },
})
export const ulongParam = (field: string, value: Count): TypedParam => ({
  field,
  value: { type: 4, value: whole(value) },
})
export const flagParam = (field: string, value: boolean): TypedParam => ({
  field,
  value: { type: 6, value: Number(value) },
})
export const textParam = (field: string, value: string): TypedParam => ({ field, value: { type: 7, value } })

type Count = number | bigint

const whole = (value: Count): bigint => (typeof value === 'number' ? BigInt(Math.round(value)) : value)

/** Seconds as the nanoseconds that libvirt counts in. */
export const nanoseconds = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9))

/** A client asks first how many there are, with room for none. */
export function answerParams(
  all: readonly TypedParam[],
  room: number,
): { params: TypedParam[]; nparams: number } {
  return room === 0 ? { params: [], nparams: all.length } : numbered(all.slice(0, room))
}

const numbered = (params: TypedParam[]): { params: TypedParam[]; nparams: number } => ({
  params,
  nparams: params.length,
})

/** Their numbers by name. Throws for a name that is not among `known`, and for text. */
export function numbersOf(
  params: readonly TypedParam[],
  known: readonly string[],
): ReadonlyMap<string, number> {
  return new Map(
    params.map(({ field, value: { value } }) => {
      if (!known.includes(field)) throw fail('invalidArgument', 'qemu', `parameter '${field}' not supported`)
      if (typeof value === 'string')
        throw fail('invalidArgument', 'qemu', `invalid type 'string' for parameter '${field}'`)
      return [field, Number(value)]
    }),
  )
}
