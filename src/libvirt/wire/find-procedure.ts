/** From the numbers of a packet to what they stand for. */
import { PROGRAMS } from './frame.ts'
import type { Call, Event } from './procedure.ts'
import { REMOTE_CALLS } from './procedures.ts'
import { REMOTE_EVENTS } from './procedures/events.ts'
import { QEMU_PROCEDURES } from './procedures/qemu.ts'
import { REFUSED_CALLS } from './procedures/refused.ts'

type Table = Readonly<Record<string, Call<unknown, unknown> | Event<unknown>>>

export interface FoundCall {
  readonly name: string
  readonly call: Call<unknown, unknown>
}

const CALLS = new Map<string, FoundCall>()
const EVENTS = new Map<string, { readonly name: string; readonly event: Event<unknown> }>()

const PROGRAM_TABLES: readonly (readonly [number, Table])[] = [
  [PROGRAMS.remote, { ...REMOTE_CALLS, ...REFUSED_CALLS, ...REMOTE_EVENTS } as Table],
  [PROGRAMS.qemu, QEMU_PROCEDURES as Table],
]

for (const [program, procedures] of PROGRAM_TABLES) {
  for (const [name, procedure] of Object.entries(procedures)) {
    const key = keyOf(program, procedure.number)
    if (procedure.kind === 'call') CALLS.set(key, { name, call: procedure })
    else EVENTS.set(key, { name, event: procedure })
  }
}

export const findCall = (program: number, procedure: number): FoundCall | undefined =>
  CALLS.get(keyOf(program, procedure))

export const findEvent = (
  program: number,
  procedure: number,
): { readonly event: Event<unknown> } | undefined => EVENTS.get(keyOf(program, procedure))

function keyOf(program: number, procedure: number): string {
  return `${String(program)} ${String(procedure)}`
}

export function findCallByName(name: string): Call<unknown, unknown> | undefined {
  return [...CALLS.values()].find((each) => each.name === name)?.call
}
