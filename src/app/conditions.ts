/** What is not as it should be, for as long as it is so: whoever finds out reports all there is of one kind, and only news is told. */
import type { Condition, Conditions, Events } from './ports.ts'

/** `unreadable` are weft's own files that cannot be used: asked for each time, since a plan may have mended them. */
export function createConditions(events: Events, unreadable: () => readonly string[]): Conditions {
  let known: readonly Condition[] = []
  return {
    list: () => [
      ...unreadable().map((message): Condition => ({ kind: 'unreadable', network: null, message })),
      ...known,
    ],
    report(kind, conditions) {
      const before = known.filter((each) => each.kind === kind)
      const now = conditions.map((each): Condition => ({ ...each, kind }))
      known = [...known.filter((each) => each.kind !== kind), ...now]
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
      tell('cleared', before, now)
      tell('raised', now, before)
    },
  }
}

/** Of one network, as sentences. */
export function conditionsOf(conditions: Conditions, network: string): string[] {
  return conditions.list().flatMap((each) => (each.network === network ? [each.message] : []))
}

const key = ({ network, message }: Condition): string => `${network ?? ''} ${message}`
