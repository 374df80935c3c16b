/** This host as packets meet it: rules, links and routes of this moment. Routes are asked of the kernel, those that a packet needs. */
import type { FlowHost, RouteAnswer, RouteQuestion } from '../core/host/flow/flow.ts'
import { hostAnswers } from '../core/host/flow/host-answers.ts'
import type { Plug } from '../core/doctor/sight.ts'
import { rulesetOf } from '../core/network/neighbours/legacy-ruleset.ts'
import { activeNetworks, markedNetwork, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { pluggedGuests } from './doctor-guests.ts'
import { liveNetwork, lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'

export interface HostView {
  readonly seen: SeenHost
  readonly live: readonly NetworkSpec[]
  readonly plugs: readonly Plug[]
  readonly host: FlowHost
  /** Of a bridge. */
  readonly networkOf: (bridge: string) => string | undefined
  /** Judges with the routes it needs, which are asked for one after the other. */
  judge<T>(work: (host: FlowHost) => T): Promise<T>
}

export async function viewHost(app: App): Promise<HostView> {
  const links = await app.host.links()
  const names = activeNetworks({ links, borrowed: app.host.borrowed() })
  const seen = await lookAtNetworks(app, names)
  const live = names.flatMap((name) => liveNetwork(app, seen, name) ?? [])
  const plugs = await pluggedGuests(app, seen, live)
  const routes = new Map<string, RouteAnswer | undefined>()
  const missing = new Map<string, RouteQuestion>()
  const host: FlowHost = {
    ruleset: rulesetOf(await app.host.ruleset()),
    answers: hostAnswers(seen),
    route: (question) => {
      const key = JSON.stringify(question)
      if (!routes.has(key)) missing.set(key, question)
      return routes.get(key)
    },
    portOf: (bridge, address) => {
      const plug = plugs.find(
        (each) => each.link?.master === bridge && (each.ip === address || each.ip6 === address),
      )
      return plug === undefined ? undefined : { port: plug.interface, mac: plug.mac }
    },
    filtersFrames: seen.bridgeFilter.ipv4,
    filtersFrames6: seen.bridgeFilter.ipv6,
    forwards: (family) => (family === 'ip' ? seen.ipForward : seen.ipv6Forwarding),
  }
  const judge = async <T>(work: (host: FlowHost) => T): Promise<T> => {
    for (;;) {
      const result = work(host)
      if (missing.size === 0) return result
      for (const [key, question] of missing) routes.set(key, await app.host.askRoute(question))
      missing.clear()
    }
  }
  const networkOf = (bridge: string): string | undefined => {
    const link = seen.links.find(({ name }) => name === bridge)
    return link === undefined ? undefined : markedNetwork(link)
  }
  return { seen, live, plugs, host, networkOf, judge }
}
