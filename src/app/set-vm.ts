/** Changing a machine that is there: which addresses its NICs always have. */
import { invalidDefinition, WeftError } from '../core/errors.ts'
import { ipv4Contains, parseIpv4 } from '../core/address/ipv4.ts'
import { ipv6Contains, parseIpv6 } from '../core/address/ipv6.ts'
import type { SeenHost } from '../core/network/seen.ts'
import { networksOf } from '../core/vm/nics.ts'
import type { NicDevice, VmSpec } from '../core/vm/spec.ts'
import { carryOut, type Changed, type ChangeRequest, toldOfDefinition } from './change.ts'
import { planDefinition } from './definitions.ts'
import { inTurnOf } from './vm-turn.ts'
import { addressProblems, holdersOf, keepAddresses, networkOf, tellSteps } from './keep-addresses.ts'
import { lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'
import { publishedSteps } from './published-steps.ts'
import { getVm } from './vm-state.ts'

export interface VmSettings {
  /** Each is for the NIC whose network it belongs to; none: no address is asked for any more, and each NIC keeps the one it has. */
  readonly ips: readonly string[]
}

export function setVm(
  app: App,
  name: string,
  { ips }: VmSettings,
  request: ChangeRequest,
): Promise<Changed<'set' | 'already-set'>> {
  return inTurnOf(app, name, async () => {
    const spec = getVm(app, name)
    const seen = await lookAtNetworks(app, networksOf(spec))
    const wanted: VmSpec = { ...spec, nics: fixAddresses(app, spec, ips, seen) }
    const problems = addressProblems(app, wanted, seen)
    if (problems.length > 0) throw invalidDefinition(`machine '${name}'`, problems)

    const keeping = keepAddresses(app, wanted, seen)
    const title = `set the addresses of machine '${name}'`
    const define = await planDefinition(app, app.vms, wanted, title)
    const tell = tellSteps(app, networksOf(wanted), keeping.seen)
    const publishing = publishedSteps(app, keeping.seen, { wanted }, networksOf(wanted))
    const plan = { ...define, steps: [...define.steps, ...keeping.steps, ...tell, ...publishing] }
    const notes = [...keeping.notes, ...renewalNotes(app, wanted, seen)]
    const result = plan.steps.length === 0 ? 'already-set' : 'set'
    return toldOfDefinition(app, name, await carryOut(app, request, plan, result, notes))
  })
}

function fixAddresses(app: App, spec: VmSpec, ips: readonly string[], seen: SeenHost): NicDevice[] {
  const nics = spec.nics.map(({ network, mac, model, ip, ip6, ...rest }): NicDevice => {
    const before = { ...(ip === undefined ? {} : { ip }), ...(ip6 === undefined ? {} : { ip6 }) }
    return { network, mac, model, ...rest, ...(ips.length === 0 ? {} : before) }
  })
  for (const text of ips) {
    const place = spec.nics.findIndex(({ network }) => isOn(app, network, text, seen))
    const nic = nics[place]
    if (nic === undefined) throw nowhere(spec, text)
    const [ip, ip6] = [parseIpv4(text), parseIpv6(text)]
    nics[place] = { ...nic, ...(ip === undefined ? {} : { ip }), ...(ip6 === undefined ? {} : { ip6 }) }
  }
  return nics
}

function isOn(app: App, name: string, text: string, seen: SeenHost): boolean {
  const [ip, ip6] = [parseIpv4(text), parseIpv6(text)]
  return (networkOf(app, seen, name)?.ips ?? []).some((own) =>
    own.family === 'ipv4'
      ? ip !== undefined && ipv4Contains(own.cidr, ip)
      : ip6 !== undefined && ipv6Contains(own.cidr, ip6),
  )
}

function nowhere({ name, nics }: VmSpec, text: string): WeftError {
  if (parseIpv4(text) === undefined && parseIpv6(text) === undefined)
    return new WeftError('invalid-argument', `'${text}' is not an IP address`, {
      hint: 'write it as 192.168.122.50 or fd00::50',
    })
  const message = `no network that machine '${name}' is plugged into has ${text}`
  const networks = networksOf({ nics }).map((network) => `weft net show ${network}`)
  return new WeftError('invalid-argument', message, {
    hint: networks.length === 0 ? 'it has no NIC' : networks.join('; '),
  })
}

/** A guest that runs has what it has until it asks again. */
function renewalNotes(app: App, { name, nics }: VmSpec, seen: SeenHost): string[] {
  if (!app.machines.isRunning(name)) return []
  return nics.flatMap(({ network, mac, ip }) => {
    const lease = holdersOf(app, seen, network).leases.find((each) => each.mac === mac)
    if (ip === undefined || lease === undefined || lease.ip === ip) return []
    const end = lease.expires === 0 ? 'never by itself' : new Date(lease.expires * 1000).toISOString()
    return [
      `its guest has ${lease.ip} until it renews its lease: half-way through, at the latest at its end (${end}); ` +
        'starting its network anew inside gets the new address at once',
    ]
  })
}
