/** Takes the definitions of another manager's networks, pools, machines, filters and secrets over, as one change; what cannot be taken is told with the reason. */
import { WeftError } from '../../core/errors.ts'
import type { FoundKind, Installation } from '../../core/lab/installation.ts'
import { lastingPlan } from '../../core/plan/plan.ts'
import type { Changed, ChangeRequest } from '../change.ts'
import { HOST_QUEUE } from '../find-network.ts'
import { imagine } from '../imagined.ts'
import type { App } from '../ports.ts'
import { inTurns } from '../queue.ts'
import { changeTogether } from '../together.ts'
import { takeFilter } from './take-filter.ts'
import { takeMachine } from './take-machine.ts'
import { takeNetwork } from './take-network.ts'
import { takePool } from './take-pool.ts'
import { takeSecret } from './take-secret.ts'

export interface AdoptedItem {
  readonly kind: FoundKind
  readonly name: string
  /** It comes; it comes instead of one of weft's own; it is here already; it does not come. */
  readonly action: 'take' | 'replace' | 'keep' | 'leave'
  /** What became of it, in sentences. */
  readonly what: readonly string[]
  /** Why it does not come. */
  readonly why: readonly string[]
}

export interface Adopted extends Changed<'adopted' | 'unchanged'> {
  readonly items: readonly AdoptedItem[]
}

/** Answers what became of it; throws a WeftError where it cannot be taken. */
export type Take = (app: App, request: ChangeRequest) => Promise<Pick<AdoptedItem, 'action' | 'what'>>

interface Part {
  readonly kind: FoundKind
  readonly name: string
  readonly take: Take
}

export function adoptInstallation(app: App, found: Installation, request: ChangeRequest): Promise<Adopted> {
  const keys = ['pools', ...found.machines.map(({ definition }) => `vm:${definition.name}`)]
  return inTurns(app.queue, [...new Set(keys)], () =>
    app.queue.run(HOST_QUEUE, () => adoptInTurn(app, found, request)),
  )
}

async function adoptInTurn(app: App, found: Installation, request: ChangeRequest): Promise<Adopted> {
  const title = `adopt what ${found.from} has`
  const { items, takes, plan } = await rehearse(app, found, title)
  const told = { items: [...items, ...found.strangers.map(leave)], notes: notesOf(found), plan }
  if (plan.steps.length === 0) return { ...told, result: 'unchanged', number: null }
  if (request.dryRun) return { ...told, result: 'adopted', number: null }
  const { number, plan: done } = await changeTogether(app, { title, by: request.by }, async (part) => {
    for (const take of takes) await take(part, { by: request.by, dryRun: false })
  })
  return { ...told, plan: done, result: 'adopted', number }
}

/** One after the other, on what those before it would have made: each is taken, or left with the reason. */
async function rehearse(
  app: App,
  found: Installation,
  title: string,
): Promise<{ items: AdoptedItem[]; takes: Take[]; plan: ReturnType<typeof lastingPlan> }> {
  const stage = imagine(app)
  const items: AdoptedItem[] = []
  const takes: Take[] = []
  for (const { kind, name, take } of partsOf(found)) {
    try {
      const { action, what } = await take(stage.app, { by: 'weftd', dryRun: false })
      items.push({ kind, name, action, what, why: [] })
      if (action !== 'keep') takes.push(take)
    } catch (error) {
      if (!(error instanceof WeftError)) throw error
      items.push({ kind, name, action: 'leave', what: [], why: reasonsOf(error) })
    }
  }
  return { items, takes, plan: lastingPlan(title, stage.steps()) }
}

/** Disks lie in pools, and NICs are on networks and held to filters. */
function partsOf({ pools, networks, machines, filters, secrets }: Installation): Part[] {
  return [
    ...filters.map((filter): Part => ({ kind: 'filter', name: filter.name, take: takeFilter(filter) })),
    ...secrets.map((secret): Part => ({
      kind: 'secret',
      name: secret.spec.id === '' ? secret.spec.uuid : secret.spec.id,
      take: takeSecret(secret),
    })),
    ...pools.map((pool): Part => ({ kind: 'pool', name: pool.name, take: takePool(pool) })),
    ...networks.map((network): Part => ({
      kind: 'network',
      name: network.draft.name,
      take: takeNetwork(network),
    })),
    ...machines.map((machine): Part => ({
      kind: 'machine',
      name: machine.definition.name,
      take: takeMachine(machine),
    })),
  ]
}

const leave = ({ kind, name, why }: Installation['strangers'][number]): AdoptedItem => ({
  kind,
  name,
  action: 'leave',
  what: [],
  why,
})

function reasonsOf({ message, problems, hint }: WeftError): string[] {
  const told = problems.map(({ path, message: text, line, hint: advice }) =>
    [`${line === undefined ? '' : `line ${String(line)}: `}${path}: ${text}`, advice]
      .filter((part) => part !== undefined)
      .join('; '),
  )
  if (told.length > 0) return told
  return [hint === undefined ? message : `${message}; ${hint}`]
}

function notesOf({ from, networks, machines }: Installation): string[] {
  const running = [
    ...networks.filter(({ isRunning }) => isRunning).map(({ draft }) => `network '${draft.name}'`),
    ...machines.filter(({ isRunning }) => isRunning).map(({ definition }) => `machine '${definition.name}'`),
  ]
  return [
    `nothing of ${from}'s own files is changed`,
    ...(running.length === 0
      ? []
      : [
          `these run under ${from} and go on: ${running.join(', ')}; end them there before weft starts its own of them`,
        ]),
  ]
}
