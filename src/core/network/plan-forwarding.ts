/** ip_forward: on while a NAT network needs it, and given back by the last one. */
import type { HostFacts } from '../host/facts.ts'
import { ipForwardNote } from '../host/paths.ts'
import type { Step } from '../plan/plan.ts'
import { FILE_MODE } from './plan-run-directory.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

const KEY = 'net.ipv4.ip_forward'

/** Nothing is noted when forwarding is on already: then it is somebody else's, and stays. */
export function forwardingSteps(wanted: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  if (wanted.mode !== 'nat' || seen.ipForward) return []
  const path = ipForwardNote(facts.paths)
  const note: Step = {
    reason: 'this host did not forward before: noted, to be given back',
    do: { kind: 'write', path, content: '0\n', mode: FILE_MODE },
    undo: { kind: 'remove', path },
  }
  const turnOn: Step = {
    reason: `a host passes packets on between ${wanted.bridge.name} and its other links only when told to`,
    do: { kind: 'sysctl', key: KEY, value: '1' },
    undo: { kind: 'sysctl', key: KEY, value: '0' },
  }
  return seen.ipForwardBefore === undefined ? [note, turnOn] : [turnOn]
}

/** `others` are the networks that stay. */
export function forwardingStopSteps(
  live: NetworkSpec,
  seen: SeenHost,
  facts: HostFacts,
  others: readonly NetworkSpec[],
): Step[] {
  const before = seen.ipForwardBefore?.trim()
  if (live.mode !== 'nat' || before === undefined || others.some(({ mode }) => mode === 'nat')) return []
  const path = ipForwardNote(facts.paths)
  const giveBack: Step = {
    reason: 'no network needs this host to forward any more: as it was before',
    do: { kind: 'sysctl', key: KEY, value: before },
    undo: { kind: 'sysctl', key: KEY, value: seen.ipForward ? '1' : '0' },
  }
  const forget: Step = {
    reason: 'given back, nothing to remember',
    do: { kind: 'remove', path },
    undo: { kind: 'write', path, content: `${before}\n`, mode: FILE_MODE },
  }
  return [...((seen.ipForward ? '1' : '0') === before ? [] : [giveBack]), forget]
}
