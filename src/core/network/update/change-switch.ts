/** What a definition has only once: how it leads outside, its switch, its domain. */
import { WeftError } from '../../errors.ts'
import type { InterfaceName } from '../../address/interface-name.ts'
import { isSwitched } from '../ips.ts'
import { SWITCH_MODES, type NatSpec, type NetworkSpec } from '../spec.ts'
import { changeList, changeOne, incomplete, type ListRules } from './change-list.ts'
import type { SectionEntries, UpdateIn } from './sections.ts'

/** A network without `<forward>` is isolated. */
export function changeForward(spec: NetworkSpec, update: UpdateIn<'forward'>): NetworkSpec {
  const { mode, forwardDevice, nat, ...rest } = spec
  refuseOtherPlace(spec, update.entry)
  const before =
    mode === 'isolated'
      ? undefined
      : { mode, ...(forwardDevice ? { forwardDevice } : {}), ...(nat ? { nat } : {}) }
  const { entry } = update
  const isPartial = update.isPartial === true
  const merged = { ...before, ...entry, ...natOf(before?.nat, entry.nat) }
  const after = changeOne(spec.name, update, before, isPartial ? merged : entry)
  return { ...rest, ...leadingOut(after, mode) }
}

/** Guests of weft's own switch cannot become guests of a link of the host by one word. */
function refuseOtherPlace(spec: NetworkSpec, { mode = 'nat' }: SectionEntries['forward']): void {
  if (isSwitched(spec) && SWITCH_MODES.some((each) => each === mode)) return
  throw new WeftError(
    'unsupported',
    `network '${spec.name}' of mode ${spec.mode} becomes one of mode ${mode} only as a whole`,
    { hint: `weft net edit ${spec.name}` },
  )
}

function natOf(before: NatSpec | undefined, after: NatSpec | undefined): { nat?: NatSpec } {
  return after === undefined ? {} : { nat: { ...before, ...after } }
}

/** Without a word on it the mode is nat; what only another mode knows goes with that mode. */
function leadingOut(
  forward: SectionEntries['forward'] | undefined,
  before: NetworkSpec['mode'],
): Pick<NetworkSpec, 'mode' | 'forwardDevice' | 'nat'> {
  if (forward === undefined) return { mode: 'isolated' }
  const { mode = 'nat', forwardDevice, nat } = forward
  const isOther = mode !== before
  const hasDevice = forwardDevice !== undefined && (!isOther || mode === 'nat' || mode === 'route')
  const hasNat = nat !== undefined && (!isOther || mode === 'nat')
  return { mode, ...(hasDevice ? { forwardDevice } : {}), ...(hasNat ? { nat } : {}) }
}

const DEVICES: ListRules<InterfaceName, InterfaceName> = {
  what: 'link outside named',
  clashes: (one, other) => one === other,
  finds: [(one, other) => one === other],
  matches: (one, other) => one === other,
  text: (name) => `'${name}'`,
}

/** A network with a switch of its own leads out through one link at most. */
export function changeForwardInterface(
  spec: NetworkSpec,
  update: UpdateIn<'forward-interface'>,
): NetworkSpec {
  const { device } = update.entry
  const { forwardDevice, devices, ...rest } = spec
  if (device === undefined) throw incomplete(update, 'the link has a name')
  const { command } = update
  const change = { network: spec.name, command, pattern: device, complete: () => device }
  if (!isSwitched(spec)) {
    const changed = changeList(devices ?? [], change, DEVICES)
    return changed.length === 0 ? rest : { ...spec, devices: changed }
  }
  if (command === 'delete') {
    changeList(forwardDevice === undefined ? [] : [forwardDevice], change, DEVICES)
    return rest
  }
  const after = changeOne(spec.name, update, forwardDevice, device)
  return { ...spec, ...(after === undefined ? {} : { forwardDevice: after }) }
}

export function changeSwitch(
  spec: NetworkSpec,
  update: UpdateIn<'domain' | 'mtu' | 'bandwidth' | 'port' | 'bridge'>,
): NetworkSpec {
  switch (update.section) {
    case 'domain': {
      const { domain: before, ...rest } = spec
      const { name = before?.name, ...more } =
        update.isPartial === true ? { ...before, ...update.entry } : update.entry
      if (name === undefined && update.command !== 'delete') throw incomplete(update, 'a domain has a name')
      const domain = changeOne(spec.name, update, before, { name: name ?? '', ...more })
      return domain === undefined ? rest : { ...spec, domain }
    }
    case 'mtu': {
      const { mtu: before, ...rest } = spec
      const { size } = update.entry
      if (size === undefined && update.command !== 'delete') throw incomplete(update, 'an MTU has a size')
      const mtu = changeOne(spec.name, update, before, size)
      return mtu === undefined ? rest : { ...spec, mtu }
    }
    case 'bandwidth': {
      const { bandwidth: before, ...rest } = spec
      const after = update.isPartial === true ? { ...before, ...update.entry } : update.entry
      const bandwidth = changeOne(spec.name, update, before, after)
      return bandwidth === undefined ? rest : { ...spec, bandwidth }
    }
    case 'port': {
      const { portsAreIsolated: before, ...rest } = spec
      const after = changeOne(spec.name, update, before, update.entry.isIsolated ?? false)
      return after === undefined ? rest : { ...spec, portsAreIsolated: after }
    }
    case 'bridge':
      return changeBridge(spec, update)
  }
}

function changeBridge(spec: NetworkSpec, update: UpdateIn<'bridge'>): NetworkSpec {
  const { bridge } = spec
  if (bridge === undefined || update.command !== 'modify')
    throw new WeftError(
      'unsupported',
      `the bridge of network '${spec.name}' can only be modified, and only its own`,
      {
        hint: `weft net update ${spec.name} modify bridge stp=off`,
      },
    )
  return { ...spec, bridge: { ...bridge, ...update.entry } }
}
