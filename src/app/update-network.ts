/** One thing of a network changed: of the one that runs, of its definition, or of both. */
import { WeftError } from '../core/errors.ts'
import { applyUpdate } from '../core/network/update/apply-update.ts'
import type { NetworkUpdate } from '../core/network/update/sections.ts'
import { isActive, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec, StoredNetwork } from '../core/network/spec.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { leaseNotes, planWanted, refuseWhileRunning, rememberWanted, type Wanted } from './change-running.ts'
import { HOST_QUEUE, unknownNetwork } from './find-network.ts'
import { liveNetwork, lookAtNetworks } from './live-network.ts'
import { refuseProblems } from './networks.ts'
import type { App } from './ports.ts'

/** Neither: whatever there is of it. */
export interface UpdateScope {
  readonly live?: boolean
  readonly config?: boolean
}

export type Updated = 'updated-live' | 'updated-config' | 'updated-both'

export function updateNetwork(
  app: App,
  name: string,
  update: NetworkUpdate,
  request: ChangeRequest & UpdateScope,
): Promise<Changed<Updated>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const seen = await lookAtNetworks(app, [name])
    const { live, stored } = chooseTargets(app, seen, name, request)
    const wanted: Wanted = {
      running: live === undefined ? undefined : { live, wanted: applyUpdate(live, update) },
      stored: stored === undefined ? undefined : { ...stored, spec: applyUpdate(stored.spec, update) },
    }
    refuse(app, seen, wanted, update)

    const plan = await planWanted(app, seen, wanted, titleOf(name, update))
    const notes = wanted.running === undefined ? [] : await leaseNotes(app, wanted.running)
    const changed = await carryOut(app, request, plan, resultOf(wanted), notes)
    if (!request.dryRun) await rememberWanted(app, seen, wanted)
    return changed
  })
}

interface Targets {
  readonly live: NetworkSpec | undefined
  readonly stored: StoredNetwork | undefined
}

/** Throws 'not-found', or 'wrong-state' where what was asked for is not there. */
function chooseTargets(app: App, seen: SeenHost, name: string, scope: UpdateScope): Targets {
  const stored = app.networks.find(name)
  const live = isActive(seen, name) ? liveNetwork(app, seen, name) : undefined
  if (stored === undefined && live === undefined) throw unknownNetwork(app, name)
  if (scope.live === true && live === undefined)
    throw new WeftError('wrong-state', `network '${name}' is not active`, { hint: `weft net start ${name}` })
  if (scope.config === true && stored === undefined)
    throw new WeftError('wrong-state', `network '${name}' runs without a definition that is kept`, {
      hint: `change only what runs, with --live; or keep it: weft net show ${name} --xml | weft net define`,
    })
  const isBoth = scope.live === scope.config
  return {
    live: isBoth || scope.live === true ? live : undefined,
    stored: isBoth || scope.config === true ? stored : undefined,
  }
}

function refuse(app: App, seen: SeenHost, { running, stored }: Wanted, update: NetworkUpdate): void {
  for (const spec of [running?.wanted, stored?.spec]) if (spec !== undefined) refuseProblems(app, seen, spec)
  const instead = `weft net update ${running?.live.name ?? ''} ${update.command} ${update.section} ... --config`
  if (running !== undefined) refuseWhileRunning(app, seen, running, instead)
}

const VERBS = {
  add: 'add to',
  'add-first': 'add to',
  'add-last': 'add to',
  modify: 'modify',
  delete: 'delete from',
}

function titleOf(name: string, { command, section }: NetworkUpdate): string {
  return `${VERBS[command]} ${section} of network '${name}'`
}

function resultOf({ running, stored }: Wanted): Updated {
  if (running === undefined) return 'updated-config'
  return stored === undefined ? 'updated-live' : 'updated-both'
}
