/** Firewalls of others on this host: who is there, what weft asks of them, and of whom it asks nothing because somebody said so. */
import { WeftError } from '../core/errors.ts'
import { neighboursFile } from '../core/host/paths.ts'
import { neighbourStories, type NeighbourStory } from '../core/network/neighbours/describe.ts'
import { planNeighbours } from '../core/network/neighbours/plan-neighbours.ts'
import { formatLeft, NEIGHBOURS, parseLeft } from '../core/network/neighbours/seen-neighbours.ts'
import { stoppedFlows, type StoppedFlow } from '../core/network/neighbours/stopped-flows.ts'
import type { SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { lastingPlan, type Step } from '../core/plan/plan.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { HOST_QUEUE } from './find-network.ts'
import { lookAtNetworks, otherLiveNetworks } from './live-network.ts'
import type { App } from './ports.ts'

export interface NeighboursState {
  readonly neighbours: readonly NeighbourStory[]
  readonly stopped: readonly StoppedFlow[]
}

export async function listNeighbours(app: App): Promise<NeighboursState> {
  const { seen, live } = await look(app)
  return { neighbours: neighbourStories(live, seen), stopped: stoppedFlows(live, seen) }
}

/** Nothing is asked of it any more, or again. */
export function setNeighbour(
  app: App,
  name: string,
  isLeft: boolean,
  request: ChangeRequest,
): Promise<Changed<'left' | 'asked' | 'unchanged'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const known = NEIGHBOURS.find((each) => each === name)
    if (known === undefined) {
      const hint = `one of ${NEIGHBOURS.join(', ')}`
      throw new WeftError('not-found', `weft knows no firewall named '${name}'`, { hint })
    }
    const { seen, live } = await look(app)
    const path = neighboursFile(app.facts.paths)
    const before = await app.host.readTextFile(path)
    const leftBefore = parseLeft(before ?? '')
    if (leftBefore.has(known) === isLeft) return carryOut(app, request, lastingPlan('', []), 'unchanged')
    const left = new Set(leftBefore)
    if (isLeft) left.add(known)
    else left.delete(known)
    const write: Step = {
      reason: isLeft ? `nothing is asked of ${known} from now on` : `${known} is asked for what guests need`,
      do: { kind: 'write', path, content: formatLeft(left), mode: 0o644 },
      undo:
        before === undefined
          ? { kind: 'remove', path }
          : { kind: 'write', path, content: before, mode: 0o644 },
    }
    const then = seen.neighbours === undefined ? seen : { ...seen, neighbours: { ...seen.neighbours, left } }
    const title = isLeft ? `ask nothing of ${known}` : `ask ${known} for what guests need`
    const plan = lastingPlan(title, [write, ...planNeighbours(live, then).steps])
    return carryOut(app, request, plan, isLeft ? 'left' : 'asked')
  })
}

async function look(app: App): Promise<{ seen: SeenHost; live: readonly NetworkSpec[] }> {
  const seen = await lookAtNetworks(app)
  return { seen, live: otherLiveNetworks(app, seen, '') }
}
