/** What the doctor tries where somebody lets him: all of it on the links of this host, and nothing that anybody keeps. */
import type { Plug } from '../core/doctor/sight.ts'
import { isServed } from '../core/network/dnsmasq/plan-dnsmasq.ts'
import { ipv4Of, isSwitched } from '../core/network/ips.ts'
import { waysOut } from '../core/network/mtu.ts'
import type { SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import type { ProbeOrder } from './doctor-ports.ts'

/** Of the guests that are asked about, their networks, and the router. */
export function probeOrder(seen: SeenHost, live: readonly NetworkSpec[], plugs: readonly Plug[]): ProbeOrder {
  // dnsmasq comes with the first guest.
  const served = live.filter(
    (network) =>
      isSwitched(network) && isServed(network) && plugs.some((plug) => plug.network === network.name),
  )
  const asked = served.flatMap((network) => {
    const ip = ipv4Of(network)
    return ip === undefined ? [] : [{ network, ip, at: [network.name, ip.cidr.address] as const }]
  })
  const [device] = waysOut(seen)
  const out = seen.routes.find((route) => route.device === device && route.destination.prefix === 0)
  const guests = plugs.filter(({ network }) => live.some((each) => each.name === network && isSwitched(each)))
  return {
    pings: [...guests.flatMap(({ ip }) => ip ?? []), ...(out?.gateway === undefined ? [] : [out.gateway])],
    names: asked.filter(({ network }) => network.dns?.isEnabled !== false).map(({ at }) => at),
    offers: asked.filter(({ ip }) => ip.dhcp !== undefined).map(({ at }) => at),
  }
}
