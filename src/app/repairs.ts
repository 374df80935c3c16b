/** What is remembered of repairs: how often each was done, what could not be mended, and what was put off. */
import { WeftError } from '../core/errors.ts'
import type { Plan } from '../core/plan/plan.ts'
import type { Conditions } from './conditions.ts'
import { createPatience, MOST_TIMES } from './patience.ts'
import { NOTHING, type Touched } from './touched.ts'

/** A repair, and whose: null is what all networks share. */
export interface Repair {
  readonly plan: Plan
  readonly network: string | null
  /** What is said when it has to be done again and again. */
  readonly again: string
}

export interface Repairs {
  /** Whether it may be done now; else it is put off, and a condition says so. */
  mayAct(repair: Repair): boolean
  /** It has been done, or with an error tried. */
  acted(repair: Repair, error?: unknown): void
  /** There is something that weft leaves to a person. */
  leave(repair: Repair, message: string): void
  /** Nothing of it is missing. */
  isWell(repair: Repair): void
  /** A person takes the network in hand, or it has been stopped. */
  forget(network: string): void
  /** In how many ms something that was put off is due, and where to look then. */
  due(): { readonly inMs: number; readonly touched: Touched } | undefined
}

/** What failed is tried again after so long, should nothing happen before. */
const RETRY_MS = 60_000

interface Trouble {
  readonly network: string | null
  readonly message: string
  /** Undefined: when somebody asks. */
  readonly dueAt: number | undefined
}

export function createRepairs(conditions: Conditions, now: () => number): Repairs {
  const patience = createPatience(now)
  const troubles = new Map<string, Trouble>()
  const report = (): void => {
    conditions.report(
      'drift',
      [...troubles.values()].map(({ network, message }) => ({
        network,
        message,
        hint: network === null ? 'weft net repair' : `weft net repair ${network}`,
      })),
    )
  }
  const note = (repair: Repair, message: string, waitMs: number | undefined): void => {
    const dueAt = waitMs === undefined ? undefined : now() + waitMs
    troubles.set(keyOf(repair), { network: repair.network, message, dueAt })
    report()
  }
  return {
    mayAct(repair) {
      const waitMs = patience.waitMs(keyOf(repair))
      if (waitMs === 0) return true
      const message = `${repair.again}: ${String(MOST_TIMES)} times within a minute, so weft waits a minute`
      note(repair, message, waitMs)
      return false
    },
    acted(repair, error) {
      patience.acted(keyOf(repair))
      if (error !== undefined) note(repair, sayError(error), RETRY_MS)
    },
    leave: (repair, message) => {
      note(repair, message, undefined)
    },
    isWell(repair) {
      if (troubles.delete(keyOf(repair))) report()
    },
    forget(network) {
      patience.forget(beginning(network))
      for (const key of [...troubles.keys()]) if (key.startsWith(beginning(network))) troubles.delete(key)
      report()
    },
    due() {
      const waiting = [...troubles.values()].filter(({ dueAt }) => dueAt !== undefined)
      if (waiting.length === 0) return undefined
      const networks = new Set(waiting.flatMap(({ network }) => network ?? []))
      const isForwarding = waiting.some(({ network }) => network === null)
      const first = Math.min(...waiting.map(({ dueAt = 0 }) => dueAt))
      return { inMs: Math.max(0, first - now()), touched: { ...NOTHING, networks, isForwarding } }
    },
  }
}

const beginning = (network: string | null): string => `${network ?? ''}/`
const keyOf = ({ network, plan }: Repair): string => beginning(network) + plan.title

/** With what the command said, where there was one. */
function sayError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const said =
    error instanceof WeftError ? error.details.find(([label]) => label === 'it said')?.[1] : undefined
  return said === undefined ? error.message : `${error.message}: ${said}`
}
