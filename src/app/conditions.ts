/** What is not as it should be, for as long as it is so: whoever finds out reports all there is of one kind, and only news is told. */
import type { Events } from './event-ports.ts'

/**
 * `unreadable`: a file of weft's own is not used; `shadowed`: somebody else has taken addresses of a running network; `drift`: something
 * of a running network is not as it was started, and stays so for now; `names`: this host does not find guests by name.
 */
export type ConditionKind = 'unreadable' | 'shadowed' | 'drift' | 'names'

export interface Finding {
  /** Whose it is; null: the whole host's. */
  readonly network: string | null
  /** A sentence; of a network's, without its name. */
  readonly message: string
  /** What to type. */
  readonly hint?: string
}

export interface Condition extends Finding {
  readonly kind: ConditionKind
  /** RFC 3339; absent when nobody knows. */
  readonly since?: string
}

export interface Conditions {
  list(): readonly Condition[]
  /** All there are of one kind by now: those that were not there before are told as events, and those that are gone. */
  report(kind: ConditionKind, conditions: readonly Finding[]): void
}

/** `unreadable` are weft's own files that cannot be used: asked for each time, since a plan may have mended them. */
export function createConditions(
  events: Events,
  unreadable: () => readonly string[],
  now: () => Date,
): Conditions {
  let known: readonly Condition[] = []
  return {
    list: () => [
      ...unreadable().map((message): Condition => ({ kind: 'unreadable', network: null, message })),
      ...known,
    ],
    report(kind, conditions) {
      const before = known.filter((each) => each.kind === kind)
      const since = new Map(before.map((each) => [key(each), each.since]))
      const time = now().toISOString()
      const found = conditions.map((each): Condition => ({
        ...each,
        kind,
        since: since.get(key(each)) ?? time,
      }))
      known = [...known.filter((each) => each.kind !== kind), ...found]
      const tell = (
        what: 'raised' | 'cleared',
        those: readonly Condition[],
        not: readonly Condition[],
      ): void => {
        const old = new Set(not.map(key))
        for (const each of those) {
          if (old.has(key(each))) continue
          events.emit({ kind: 'condition', what, network: each.network, message: each.message })
        }
      }
      tell('cleared', before, found)
      tell('raised', found, before)
    },
  }
}

/** Of one network, as sentences. */
export function conditionsOf(conditions: Conditions, network: string): string[] {
  return conditions.list().flatMap((each) => (each.network === network ? [each.message] : []))
}

const key = ({ network, message }: Finding): string => `${network ?? ''} ${message}`
