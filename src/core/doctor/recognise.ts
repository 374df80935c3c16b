/** Whom somebody has plugged in by hand: weft has noted nothing of him, but his switch has seen his MAC, and dnsmasq may know it. */
import { leaseFile } from '../host/paths.ts'
import { isLeaseCurrent, parseLeases } from '../network/addresses/leases.ts'
import type { Plug, Sight } from './sight.ts'

export function recognise(plug: Plug, { examined, seen, facts, now }: Sight): Plug {
  if (plug.isByHand !== true) return plug
  const mac = examined.forwarding.find((each) => each.port === plug.interface && !each.isFixed)?.mac
  const leases = parseLeases(seen.files.get(leaseFile(facts.paths, plug.network)) ?? '')
  const ip = leases.find((lease) => lease.mac === mac && isLeaseCurrent(lease, now))?.ip
  return { ...plug, mac, ip }
}
