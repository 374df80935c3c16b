/** Routes to networks behind a guest that is a router. */
import { formatIpv4Network } from '../../address/ipv4.ts'
import { formatIpv6Network } from '../../address/ipv6.ts'
import { run } from '../../plan/action.ts'
import type { Step } from '../../plan/plan.ts'
import type { SeenHost } from '../seen.ts'
import type { RouteSpec, SwitchedNetwork } from '../spec.ts'

export function routeSteps({ bridge, routes }: SwitchedNetwork, seen: SeenHost): Step[] {
  return routes
    .filter((route) => !hasRoute(route, bridge.name, seen))
    .map((route) => {
      const metric = route.metric === undefined ? [] : ['metric', String(route.metric)]
      const words = [destinationOf(route), 'via', route.gateway, 'dev', bridge.name, ...metric]
      const [add, remove] = [run('ip', 'route', 'add'), run('ip', 'route', 'delete')]
      return {
        reason: `${destinationOf(route)} is behind the guest at ${route.gateway}`,
        do: { ...add, argv: [...add.argv, ...words] },
        undo: { ...remove, argv: [...remove.argv, ...words], accept: [1, 2] },
      }
    })
}

export function hasRoute(route: RouteSpec, bridge: string, seen: SeenHost): boolean {
  const all = route.family === 'ipv4' ? seen.routes : seen.routes6
  return all.some(
    ({ destination, device, gateway, metric }) =>
      device === bridge &&
      gateway === route.gateway &&
      `${destination.address}/${String(destination.prefix)}` === destinationOf(route) &&
      (route.metric === undefined || metric === route.metric),
  )
}

export function destinationOf(route: RouteSpec): string {
  return route.family === 'ipv4' ? formatIpv4Network(route.destination) : formatIpv6Network(route.destination)
}
