/** What this kernel cannot do to packets is refused by its name, before anything is changed. */
import { WeftError } from '../core/errors.ts'
import { kernelOption, queueKindFor, type Impairment } from '../core/network/bridge/impairment.ts'
import { DIRECTIONS, limitOf, needsDetour, type Direction } from '../core/network/bridge/plan-queue.ts'
import { isReached } from '../core/network/bridge/plan-reach.ts'
import { usesVlans } from '../core/network/bridge/plan-vlan.ts'
import { reachKernelProblem } from '../core/network/problems/reach-problems.ts'
import type { BandwidthSpec, NetworkSpec } from '../core/network/spec.ts'
import type { App } from './ports.ts'

export async function refuseWithoutQueue(
  app: App,
  wanted: Impairment,
  direction: Direction,
  isGuestsOwn = false,
): Promise<void> {
  const kind = queueKindFor(wanted)
  if (kind === undefined) return
  if (!(await app.host.canImpair(wanted))) throw withoutQueue(kind)
  if (!needsDetour({ isGuestsOwn }, direction) || (await app.host.canDetour())) return
  throw new WeftError('unsupported', 'this kernel cannot hold back what comes in at a link (CONFIG_IFB)', {
    details: [
      ['needed for', direction === 'to-guest' ? 'packets towards the guest' : 'packets of the guest'],
    ],
    hint: 'modprobe -a ifb act_mirred cls_u32 sch_ingress',
  })
}

export async function refuseWithoutLimits(
  app: App,
  limits: readonly (BandwidthSpec | undefined)[],
): Promise<void> {
  for (const direction of DIRECTIONS)
    for (const limit of limits) await refuseWithoutQueue(app, limitOf(limit, direction), direction)
}

/** What the network itself asks of this kernel. */
export async function refuseWithoutKernel(app: App, network: NetworkSpec): Promise<void> {
  await refuseWithoutLimits(app, [network.bandwidth])
  const reach = isReached(network) ? reachKernelProblem(network, await app.host.canHookEgress()) : undefined
  if (reach !== undefined)
    throw new WeftError(
      'unsupported',
      `host and guests of network '${network.name}' cannot reach each other here`,
      {
        details: [['because', reach.message]],
        ...(reach.hint === undefined ? {} : { hint: reach.hint }),
      },
    )
  if (!usesVlans(network) || (await app.host.canFilterVlans())) return
  const message = "this kernel's bridges know no VLANs (CONFIG_BRIDGE_VLAN_FILTERING)"
  throw new WeftError('unsupported', message, {
    details: [['needed for', `the VLANs of network '${network.name}'`]],
    hint: "distributions' kernels have it; or one network for each VLAN, on a link of its own",
  })
}

function withoutQueue(kind: 'tbf' | 'netem'): WeftError {
  const hint =
    kind === 'netem'
      ? 'modprobe sch_netem (Ubuntu has it in linux-modules-extra); --rate alone works without'
      : `modprobe sch_${kind}`
  return new WeftError('unsupported', `this kernel has no ${kind} (${kernelOption(kind)})`, {
    details: [['needed for', kind === 'netem' ? '--delay and --loss' : 'holding packets to a rate']],
    hint,
  })
}
