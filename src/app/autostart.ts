/** The networks that are marked for it, started together when the host has booted. */
import { WeftError } from '../core/errors.ts'
import { planNetworksStart } from '../core/network/plan-start-all.ts'
import { isActive, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { executePlan } from './execute-plan.ts'
import { HOST_QUEUE } from './find-network.ts'
import { askedToStart } from './hooks.ts'
import { lookAtNetworks, otherLiveNetworks } from './live-network.ts'
import { refuseStart, startNetwork } from './networks.ts'
import type { App } from './ports.ts'
import { refuseWithoutKernel } from './refuse-queue.ts'

/**
 * Returns a sentence for each network that could not be started: it keeps nobody else from starting. They share one plan; when that
 * fails and has been taken back, each has one of its own.
 */
export async function autostartNetworks(app: App): Promise<string[]> {
  const marked = app.networks.list().filter(({ autostart }) => autostart)
  if (marked.length === 0) return []
  const { failures, isDone, ready } = await app.queue.run(HOST_QUEUE, () =>
    startTogether(
      app,
      marked.map(({ spec }) => spec),
    ),
  )
  if (isDone) return failures
  for (const { name } of ready) {
    await startNetwork(app, name, { by: 'weftd', dryRun: false }).catch((error: unknown) => {
      failures.push(sentenceOf(error))
    })
  }
  return failures
}

interface Started {
  readonly failures: string[]
  /** Those that nothing was in the way of. */
  readonly ready: readonly NetworkSpec[]
  readonly isDone: boolean
}

async function startTogether(app: App, marked: readonly NetworkSpec[]): Promise<Started> {
  const seen = await lookAtNetworks(
    app,
    marked.map(({ name }) => name),
  )
  const failures: string[] = []
  const ready: NetworkSpec[] = []
  for (const spec of marked)
    if (!isActive(seen, spec.name) && (await mayStart(app, spec, seen, failures))) ready.push(spec)
  const start = planNetworksStart(ready, seen, app.facts, otherLiveNetworks(app, seen, ''))
  const plan = await askedToStart(app, start, ready)
  if (plan.steps.length === 0) return { failures, ready, isDone: true }
  try {
    await executePlan(app, plan, 'weftd')
  } catch (error) {
    app.log?.(`${sentenceOf(error)}; starting each by itself`)
    return { failures, ready, isDone: false }
  }
  for (const { name } of ready) app.events.emit({ kind: 'network', name, what: 'started' })
  return { failures, ready, isDone: true }
}

async function mayStart(app: App, spec: NetworkSpec, seen: SeenHost, failures: string[]): Promise<boolean> {
  try {
    refuseStart(app, spec, seen)
    await refuseWithoutKernel(app, spec)
    return true
  } catch (error) {
    failures.push(sentenceOf(error))
    return false
  }
}

/** With the reason, where there is one: nobody is there to be shown more. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const because = error instanceof WeftError ? error.details.find(([word]) => word === 'because') : undefined
  return because === undefined ? error.message : `${error.message}: ${because[1]}`
}
