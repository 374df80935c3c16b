/** A bridge over the host's own NIC: added and removed by plans that are taken back unless somebody confirms them in time. */
import { parseIpv4 } from '../core/address/ipv4.ts'
import { parseInterfaceName, type InterfaceName } from '../core/address/interface-name.ts'
import { WeftError } from '../core/errors.ts'
import { handBack, handOver } from '../core/host/keeper/find-keeper.ts'
import type { Handing } from '../core/host/keeper/seen-keeper.ts'
import type { LinkDetail } from '../core/host/link-detail.ts'
import { guardDirectory, REMOVAL } from '../core/host/uplink/guard-files.ts'
import { planBridgeAdd } from '../core/host/uplink/plan-bridge.ts'
import { planBridgeRemove } from '../core/host/uplink/plan-bridge-remove.ts'
import { planConfirm } from '../core/host/uplink/plan-confirm.ts'
import { wantedAddressing } from '../core/host/uplink/readdress.ts'
import type { SeenUplink } from '../core/host/uplink/seen-uplink.ts'
import { hasIpv6 } from '../core/host/uplink/settings.ts'
import { parseWantedAddress, type AddressWords } from '../core/host/uplink/wanted-address.ts'
import { whyNotMoved, whyNotUnder, type WhyNot } from '../core/host/uplink/why-not.ts'
import type { Plan } from '../core/plan/plan.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { HOST_QUEUE } from './find-network.ts'
import { watchGuards } from './host-guards.ts'
import type { App } from './ports.ts'
import type { SeenGuard } from './uplink-ports.ts'
import { watchedHosts } from './watched-hosts.ts'

/** Its address in words: without any, all stays as it is on the NIC. */
export interface BridgeOrder extends AddressWords {
  readonly bridge: string
  readonly uplink: string
  /** Seconds; 60. */
  readonly confirmWithin?: number
  /** The address that a person's connection to this host comes from. */
  readonly caller?: string
}

const CONFIRM_WITHIN = 60

const CUT = 'connections by an address that this host has no more end: come back by the new one to confirm'

export async function addHostBridge(
  app: App,
  { bridge, uplink, confirmWithin = CONFIRM_WITHIN, caller, ...words }: BridgeOrder,
  request: ChangeRequest,
): Promise<Changed<'added' | 'already-there'>> {
  const address = parseWantedAddress(words)
  return await app.queue.run(HOST_QUEUE, async () => {
    const name = parseBridge(bridge)
    const links = await app.host.linkDetails()
    const nic = links.find(({ link }) => link.name === uplink)
    if (nic === undefined)
      throw new WeftError('not-found', `there is no link '${uplink}' on this host`, {
        hint: 'weft host link list',
      })
    const seen = await look(app, nic.link.name)
    if (seen.master === name) return alreadyThere(app, name, seen)
    refuseTaken(name, links)
    const gateways = seen.routes.flatMap(({ gateway }) => parseIpv4(gateway ?? '') ?? [])
    refuse(`put a bridge over '${uplink}'`, whyNotUnder(nic, links, gateways))
    const keeper = await app.host.keeper(nic.link.name)
    const handing = handOver(keeper, {
      bridge: name,
      nic: uplink,
      mac: seen.mac,
      mtu: seen.mtu,
      hasIpv6: hasIpv6(seen),
      ...(address === undefined ? {} : { address }),
    })
    refuse(`put a bridge over '${uplink}'`, handing.refused ?? whyNotMoved(seen, handing.renews))
    refuseWaiting(await app.host.guards())
    const addressing = address === undefined ? undefined : wantedAddressing(seen, address)
    for (const { local } of addressing?.addresses ?? []) refuseOwned(local, nic, links)
    const watched = await watchedHosts(app, keeper, { caller, asks: address?.dns.length !== 0 })
    const wish = { bridge: name, confirmWithin, watched, ...(addressing === undefined ? {} : { addressing }) }
    const plan = planBridgeAdd(wish, seen, app.facts.paths, handing)
    return await carryOutGuarded(app, request, plan, {
      result: 'added',
      confirmWithin,
      more: [...(addressing === undefined ? [] : [CUT]), lasts(handing)],
    })
  })
}

function alreadyThere(app: App, bridge: InterfaceName, seen: SeenUplink): Changed<'already-there'> {
  const plan = planBridgeAdd({ bridge, confirmWithin: CONFIRM_WITHIN }, seen, app.facts.paths)
  return { result: 'already-there', notes: [], number: null, plan }
}

const lasts = ({ keeper, changes: all }: Handing): string => {
  const changes = all.filter(({ isClients }) => isClients !== true)
  return changes.length === 0
    ? 'it is there again after a reboot: nobody else looks after the NIC, so weft-guard.service makes it again'
    : `it is there again after a reboot: ${keeper} has it in ${changes.map(({ path }) => path).join(', ')}`
}

export async function removeHostBridge(
  app: App,
  bridge: string,
  { confirmWithin: seconds = CONFIRM_WITHIN, caller }: Pick<BridgeOrder, 'confirmWithin' | 'caller'>,
  request: ChangeRequest,
): Promise<Changed<'removed'>> {
  return await app.queue.run(HOST_QUEUE, async () => {
    const guards = await app.host.guards()
    const own = guards.find((guard) => guard.name === bridge && isThere(guard))
    if (own === undefined)
      throw new WeftError('not-found', `weft has put no bridge '${bridge}' over a NIC of this host`, {
        hint: 'weft host bridge list',
      })
    refuseWaiting(guards)
    const name = parseBridge(bridge)
    const nic = await findUnder(app, own, name)
    const seen = await look(app, name)
    const keeper = await app.host.keeper(nic.name)
    const handing = handBack(keeper, own, { bridge: name, nic: nic.name })
    refuse(`take bridge '${name}' away`, whyNotMoved(seen, handing.renews))
    await refuseEdited(app, own)
    const watched = await watchedHosts(app, keeper, { caller, asks: own.former === undefined })
    const addressing = own.former === undefined ? {} : { addressing: own.former }
    const plan = planBridgeRemove(
      { bridge: name, confirmWithin: seconds, watched, ...addressing },
      { seen, nic, handing },
      app.facts.paths,
    )
    return await carryOutGuarded(app, request, plan, { result: 'removed', confirmWithin: seconds, more: [] })
  })
}

/** The NIC in the bridge, when nobody else is in it. */
async function findUnder(app: App, { uplink }: SeenGuard, bridge: InterfaceName): Promise<SeenUplink> {
  const plugged = (await app.host.links()).filter(({ master }) => master === bridge)
  const under = plugged.find((link) => link.name === uplink)
  if (under === undefined)
    throw new WeftError('conflict', `'${uplink}' is no longer plugged into '${bridge}'`, {
      hint: 'weft host link list tells where it is',
    })
  const others = plugged.filter((link) => link !== under).map((link) => link.name)
  if (others.length === 0) return await look(app, under.name)
  throw new WeftError(
    'in-use',
    `bridge '${bridge}' cannot go while others are plugged into it: ${others.join(', ')}`,
    {
      hint: 'stop the machines, or unplug them',
    },
  )
}

/** What waits stays. */
export async function confirmHost(app: App, request: ChangeRequest): Promise<Changed<'confirmed'>> {
  return await app.queue.run(HOST_QUEUE, async () => {
    const waiting = (await app.host.guards()).filter(({ state }) => state === 'waits')
    if (waiting.length === 0)
      throw new WeftError(
        'wrong-state',
        'nothing waits to be confirmed: it was never begun, or has been taken back',
        {
          hint: 'weft host bridge list',
        },
      )
    const names = waiting.map(({ name }) => name)
    return await carryOut(app, request, planConfirm(names, app.facts.paths), 'confirmed')
  })
}

export async function listHostBridges(app: App): Promise<readonly SeenGuard[]> {
  return (await app.host.guards()).filter((guard) => isThere(guard) && !guard.name.endsWith(REMOVAL))
}

/** Also after a reboot, when whoever keeps the NIC has made it again. */
const isThere = ({ isOfThisBoot, changes = [] }: SeenGuard): boolean => isOfThisBoot || changes.length > 0

async function carryOutGuarded<Result extends string>(
  app: App,
  request: ChangeRequest,
  plan: Plan,
  {
    result,
    confirmWithin,
    more,
  }: { readonly result: Result; readonly confirmWithin: number; readonly more: readonly string[] },
): Promise<Changed<Result>> {
  const note = `everything is taken back in ${String(confirmWithin)} s unless somebody confirms it: weft host confirm`
  const changed = await carryOut(app, request, plan, result, [note, ...more])
  if (changed.number !== null) watchGuards(app, confirmWithin)
  return changed
}

async function look(app: App, name: InterfaceName): Promise<SeenUplink> {
  const seen = await app.host.uplink(name)
  if (seen !== undefined) return seen
  throw new WeftError('not-found', `there is no link '${name}' on this host`, { hint: 'weft host link list' })
}

function parseBridge(text: string): InterfaceName {
  const name = parseInterfaceName(text)
  if (name !== undefined) return name
  throw new WeftError('invalid-argument', `'${text}' cannot be the name of a link`, {
    hint: 'at most 15 letters, digits, dots, dashes and underscores: br0',
  })
}

function refuseTaken(name: InterfaceName, links: readonly LinkDetail[]): void {
  if (!links.some(({ link }) => link.name === name)) return
  throw new WeftError('conflict', `there is a link '${name}' on this host already`, {
    hint: 'weft host link list tells what it is; choose another name',
  })
}

/** An address of another link would be on two cables. */
function refuseOwned(ip: string, nic: LinkDetail, links: readonly LinkDetail[]): void {
  const owner = links.find(
    ({ link }) => link !== nic.link && [...link.ipv4, ...link.ipv6].some(({ address }) => address === ip),
  )
  if (owner === undefined) return
  throw new WeftError('conflict', `'${owner.link.name}' of this host has ${ip} already`, {
    hint: 'choose another address',
  })
}

function refuse(what: string, why: WhyNot | undefined): void {
  if (why === undefined) return
  throw new WeftError('unsupported', `could not ${what}`, {
    details: [['because', why.message]],
    hint: why.hint,
  })
}

/** What somebody has written there since is not to be lost. */
async function refuseEdited(app: App, { name, changes = [] }: SeenGuard): Promise<void> {
  for (const { path, after, isClients } of changes) {
    if (isClients === true || (await app.host.readTextFile(path)) === after) continue
    throw new WeftError('conflict', `'${path}' has been changed since weft wrote '${name}' into it`, {
      hint: `diff it against what weft wrote, which is kept in ${guardDirectory(app.facts.paths)}/${name}/about.json, and make it that again`,
    })
  }
}

/** One at a time: what takes the first back knows nothing of a second. */
function refuseWaiting(guards: readonly SeenGuard[]): void {
  const waiting = guards.find(({ state }) => state === 'waits')
  if (waiting === undefined) return
  throw new WeftError(
    'wrong-state',
    `the change of '${waiting.uplink}' before this one waits to be confirmed`,
    {
      hint: 'weft host confirm',
    },
  )
}
