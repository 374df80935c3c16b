/** The way between a host and guests on its NIC, changed while they run: what stays is not touched, and nobody is heard before he may be. */
import type { Action } from '../../plan/action.ts'
import { run } from '../../plan/action.ts'
import { invert, type Step } from '../../plan/plan.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'
import {
  guardStep,
  hasRoute,
  hostAddress,
  isPiece6,
  isReached,
  makeSteps,
  pieceText,
  reachSteps,
  reachStopSteps,
  routeStep,
  shimName,
  type ReachedNetwork,
} from './plan-reach.ts'
import { disableIpv6Key } from './plan-bridge.ts'

export function reachUpdateSteps(live: NetworkSpec, wanted: NetworkSpec, seen: SeenHost): Step[] {
  if (!isReached(live)) return reachSteps(wanted, seen)
  if (!isReached(wanted)) return endSteps(live, seen)
  const name = shimName(wanted)
  if (live.devices[0] !== wanted.devices[0]) {
    const without = {
      ...seen,
      links: seen.links.filter((link) => link.name !== name),
      routes: seen.routes.filter(({ device }) => device !== name),
      routes6: seen.routes6.filter(({ device }) => device !== name),
      shims: new Map(),
    }
    return [...endSteps(live, seen), ...reachSteps(wanted, without)]
  }
  // Somebody has taken the shim away: it is made as it is to be.
  if (!seen.links.some((link) => link.name === name)) return reachSteps(wanted, seen)
  return [
    ...staleRouteSteps(live, wanted, seen),
    ...guardUpdateSteps(live, wanted),
    ...familySteps(live, wanted, seen),
    ...reachSteps(wanted, seen, { isGuarded: true }),
  ]
}

/** On the way back the shim is a new link, which has to be told again what it may do. */
function endSteps(live: ReachedNetwork, seen: SeenHost): Step[] {
  const stop = reachStopSteps(live, seen)
  const settings = makeSteps(live).flatMap(({ do: action }): Step[] =>
    action.kind === 'sysctl'
      ? [
          {
            reason: `${shimName(live)} goes, and is like any other link by then`,
            do: { ...action, value: action.value === '1' ? '0' : '1' },
            undo: action,
          },
        ]
      : [],
  )
  return stop.flatMap((step) =>
    step.do.kind === 'run' && step.do.argv[1] === 'link' && step.do.argv[2] === 'delete'
      ? [...settings, step]
      : [step],
  )
}

const texts = ({ hostReach }: ReachedNetwork): string[] => hostReach.map(pieceText)

/** Before the guard stops hearing them. */
function staleRouteSteps(live: ReachedNetwork, wanted: ReachedNetwork, seen: SeenHost): Step[] {
  const name = shimName(live)
  const kept = texts(wanted)
  const nic = seen.links.find((link) => link.name === live.devices[0])
  return live.hostReach
    .filter((piece) => !kept.includes(pieceText(piece)) && hasRoute(piece, name, seen))
    .flatMap((piece) => {
      const own = hostAddress(nic, live.hostReach, isPiece6(piece))
      const steps = routeStep(live, piece, own, { ...seen, routes: [], routes6: [] })
      return invert(steps, () => `${pieceText(piece)} is nobody's on ${wanted.name} any more`)
    })
}

/** One transaction: at no moment does it hear all, or nobody. */
function guardUpdateSteps(live: ReachedNetwork, wanted: ReachedNetwork): Step[] {
  if (texts(live).join() === texts(wanted).join()) return []
  return [{ ...guardStep(wanted), undo: guardStep(live).do }]
}

/** IPv6 comes to a shim that had none, or goes from it with its addresses. */
function familySteps(live: ReachedNetwork, wanted: ReachedNetwork, seen: SeenHost): Step[] {
  const [had, has] = [live, wanted].map(({ hostReach }) => hostReach.some(isPiece6))
  if (had === has) return []
  const name = shimName(wanted)
  const set = (key: string, value: string): Action => ({ kind: 'sysctl', key, value })
  const off = (value: string): Action => set(disableIpv6Key(name), value)
  const comes: Step[] = [
    {
      reason: `${name} takes neither addresses nor routes from a router of the LAN`,
      do: set(`net.ipv6.conf.${name}.accept_ra`, '0'),
      undo: set(`net.ipv6.conf.${name}.accept_ra`, '1'),
    },
    { reason: `guests of ${wanted.name} have addresses of IPv6, too`, do: off('0'), undo: off('1') },
  ]
  if (has === true) return comes
  const own = seen.links.find((link) => link.name === name)?.ipv6 ?? []
  return [
    ...own
      .filter(({ address }) => !address.startsWith('fe80:'))
      .map(({ address, prefix }): Step => {
        const words = [`${address}/${String(prefix)}`, 'dev', name]
        return {
          reason: `this host is not ${address} on ${name} any more`,
          do: { ...run('ip', 'address', 'delete', ...words), accept: [1, 2] },
          undo: run('ip', 'address', 'add', ...words, 'nodad', 'noprefixroute'),
        }
      }),
    ...invert(comes, () => `no guest of ${wanted.name} is said to have an address of IPv6`),
  ]
}
