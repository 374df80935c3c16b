/** Forwarding of IPv4 and of IPv6: each on while a network needs it, and given back by the last one. */
import type { HostFacts } from '../../host/facts.ts'
import { ipForwardNote, ipv6ForwardNote } from '../../host/paths.ts'
import type { SysctlAction } from '../../plan/action.ts'
import type { Step } from '../../plan/plan.ts'
import { ipv4Of, ipv6Of, isForwarded } from '../ips.ts'
import { FILE_MODE } from '../dnsmasq/plan-run-directory.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

/** One family's forwarding, as seen. */
interface Family {
  readonly needs: (network: NetworkSpec) => boolean
  readonly name: string
  readonly key: string
  readonly isOn: boolean
  readonly path: string
  /** What was noted when weft turned it on: lines as sysctl.conf has them, or just the value. */
  readonly before: string | undefined
  /** Settings that have to change with it, as they are now. */
  readonly beside: ReadonlyMap<string, string>
  /** Settings that the kernel changes when this is switched off, and that shall stay as they are. */
  readonly after: ReadonlyMap<string, string>
}

/** The kernel believes redirects, or not, by whether it forwards: inet_forward_change() of net/ipv4/devinet.c. */
const REDIRECTS = 'net.ipv4.conf.all.accept_redirects'

function families(seen: SeenHost, { paths }: HostFacts): Family[] {
  return [
    {
      needs: (network) => isForwarded(network) && ipv4Of(network) !== undefined,
      name: 'IPv4',
      key: 'net.ipv4.ip_forward',
      isOn: seen.ipForward,
      path: ipForwardNote(paths),
      before: seen.ipForwardBefore,
      beside: new Map(),
      after: new Map(seen.refusesRedirects === true ? [[REDIRECTS, '0']] : []),
    },
    {
      needs: (network) => isForwarded(network) && ipv6Of(network) !== undefined,
      name: 'IPv6',
      key: 'net.ipv6.conf.all.forwarding',
      isOn: seen.ipv6Forwarding,
      path: ipv6ForwardNote(paths),
      before: seen.ipv6ForwardingBefore,
      beside: new Map(
        [...seen.acceptRa].map(([link, value]) => [
          `net.ipv6.conf.${link.replaceAll('.', '/')}.accept_ra`,
          value,
        ]),
      ),
      after: new Map(),
    },
  ]
}

/** Nothing is noted when forwarding is on already: then it is somebody else's, and stays. */
export function forwardingSteps(wanted: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  return families(seen, facts)
    .filter((family) => family.needs(wanted) && !family.isOn)
    .flatMap((family) => turnOnSteps(family, wanted.bridge?.name ?? wanted.name))
}

/** For `live`, all networks that run. */
export function forwardingRepairSteps(
  live: readonly NetworkSpec[],
  seen: SeenHost,
  facts: HostFacts,
): Step[] {
  return families(seen, facts).flatMap((family) => {
    const first = family.isOn ? undefined : live.find((network) => family.needs(network))
    return first === undefined ? [] : turnOnSteps(family, first.bridge?.name ?? first.name)
  })
}

function turnOnSteps({ name: what, key, path, before, beside, after }: Family, bridge: string): Step[] {
  const kept = [...beside].filter(([, value]) => value === '1')
  const lines = [...kept, ...after].map(([name, value]) => `${name}=${value}\n`)
  const note: Step = {
    reason: `this host did not forward ${what} before: noted, to be given back`,
    do: { kind: 'write', path, content: ['0\n', ...lines].join(''), mode: FILE_MODE },
    undo: { kind: 'remove', path },
  }
  const keepRoutes = kept.map(([name, value]) => ({
    reason: `a host that forwards forgets the router it learnt on ${linkOf(name)}, unless told not to`,
    do: sysctl(name, '2'),
    undo: sysctl(name, value),
  }))
  const turnOn: Step = {
    reason: `a host passes ${what} packets on between ${bridge} and its other links only when told to`,
    do: sysctl(key, '1'),
    undo: sysctl(key, '0'),
  }
  // Its way back comes after that of the switch.
  const keepAfter = [...after].map(([name, value]) => ({
    reason: 'a host that forwards no longer believes redirects again, unless told not to',
    do: sysctl(name, value),
    undo: sysctl(name, value),
  }))
  return [...(before === undefined ? [note] : []), ...keepRoutes, ...keepAfter, turnOn]
}

/** Given back when the last network that needed it is gone without having been stopped: `live` are all that run. */
export function forwardingLeftoverSteps(
  live: readonly NetworkSpec[],
  seen: SeenHost,
  facts: HostFacts,
): Step[] {
  return families(seen, facts)
    .filter((family) => !live.some((network) => family.needs(network)))
    .flatMap(giveBackSteps)
}

/** `others` are the networks that stay. */
export function forwardingStopSteps(
  live: NetworkSpec,
  seen: SeenHost,
  facts: HostFacts,
  others: readonly NetworkSpec[],
): Step[] {
  return families(seen, facts)
    .filter((family) => family.needs(live) && !others.some((other) => family.needs(other)))
    .flatMap(giveBackSteps)
}

function giveBackSteps({ name: what, key, isOn, path, before }: Family): Step[] {
  if (before === undefined) return []
  const [value = '0', ...lines] = before.trim().split('\n')
  const now = isOn ? '1' : '0'
  const giveBack: Step = {
    reason: `no network needs this host to forward ${what} any more: as it was before`,
    do: sysctl(key, value),
    undo: sysctl(key, now),
  }
  const beside = lines.flatMap((line): Step[] => {
    const [name = '', was = ''] = line.split('=')
    if (name === REDIRECTS) {
      const because = 'this host believes redirects as little as it did before'
      return [{ reason: because, do: sysctl(name, was), undo: sysctl(name, was) }]
    }
    const reason = `this host learns its router on ${linkOf(name)} as it did before`
    return [{ reason, do: { ...sysctl(name, was) }, undo: sysctl(name, '2') }]
  })
  const forget: Step = {
    reason: 'given back, nothing to remember',
    do: { kind: 'remove', path },
    undo: { kind: 'write', path, content: before, mode: FILE_MODE },
  }
  return [...(now === value ? [] : [giveBack]), ...beside, forget]
}

function sysctl(key: string, value: string): SysctlAction {
  return { kind: 'sysctl', key, value }
}

function linkOf(key: string): string {
  return (key.split('.')[3] ?? '').replaceAll('/', '.')
}
