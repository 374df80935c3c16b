/** What guests that run notice of a plan: nothing, a blip, or that they are cut off. */
import type { Plan, Step } from './plan.ts'

/**
 * A blip: for a moment nobody is given an address or told a name, or a packet is lost; links, addresses and open connections stay. Cut off: a guest loses its
 * link, its address, or its way to others.
 */
export interface Disruption {
  readonly level: 'blip' | 'cut-off'
  /** As people call them: machine, host name, else the interface they are plugged in with. */
  readonly guests: readonly string[]
}

export type DisruptionLevel = Disruption['level'] | 'none'

/** The worst of it, and who notices that. */
export interface PlanDisruption {
  readonly level: DisruptionLevel
  readonly guests: readonly string[]
}

/** For steps: nobody is disturbed where nobody is. */
export function disrupts(level: Disruption['level'], guests: readonly string[]): Pick<Step, 'disrupts'> {
  return guests.length === 0 ? {} : { disrupts: { level, guests } }
}

export function disruptionOf({ steps }: Pick<Plan, 'steps'>): PlanDisruption {
  const all = steps.flatMap((step) => step.disrupts ?? [])
  const level = (['cut-off', 'blip'] as const).find((each) => all.some((one) => one.level === each))
  if (level === undefined) return { level: 'none', guests: [] }
  const guests = all.flatMap((one) => (one.level === level ? one.guests : []))
  return { level, guests: [...new Set(guests)].sort() }
}

/** A line of a script, a sentence of the CLI. */
export function describeDisruption({ level, guests }: PlanDisruption): string {
  switch (level) {
    case 'none':
      return 'disturbs no guest'
    case 'blip':
      return `a blip for ${nameGuests(guests)}: what is asked or sent in that moment may have to be repeated; nobody is cut off`
    case 'cut-off':
      return `cuts off ${nameGuests(guests)}`
  }
}

const SHOWN_GUESTS = 5

function nameGuests(guests: readonly string[]): string {
  const more = guests.length - SHOWN_GUESTS
  if (more > 1) return `${guests.slice(0, SHOWN_GUESTS).join(', ')} and ${String(more)} more guests`
  return guests.length < 2 ? guests.join('') : `${guests.slice(0, -1).join(', ')} and ${guests.at(-1) ?? ''}`
}
