/** VLANs on a bridge: the switch looks at tags, and each plug is in the VLANs of its guest. Only where the kernel's bridges can. */
import type { InterfaceName } from '../../address/interface-name.ts'
import type { Problem } from '../../errors.ts'
import { run, type Action, type RunAction } from '../../plan/action.ts'
import { noUndo, type Step } from '../../plan/plan.ts'
import { isSwitched } from '../ips.ts'
import { sitsOnNics } from './plan-macvtap.ts'
import { portgroupOf } from './port-limits.ts'
import type { PortSpec } from '../port.ts'
import { bridgeOf, type SeenHost } from '../seen.ts'
import type { NetworkSpec, SwitchedNetwork, VlanSpec } from '../spec.ts'

/** A bridge puts who is in none of its own into this one. */
const DEFAULT_VLAN = 1

/** The port group's comes before the network's. */
export function vlanOf(port: Pick<PortSpec, 'portgroup'>, network: NetworkSpec): VlanSpec | undefined {
  return portgroupOf(port, network)?.vlan ?? network.vlan
}

export function usesVlans({ vlan, portgroups = [] }: NetworkSpec): boolean {
  return vlan !== undefined || portgroups.some((group) => group.vlan !== undefined)
}

/** weft's own bridge looks at tags while its network has VLANs. */
export function switchVlanSteps(wanted: SwitchedNetwork, seen: Pick<SeenHost, 'links'>): Step[] {
  const there = bridgeOf(seen, wanted.name)?.bridge?.isVlanAware === true
  const isAware = usesVlans(wanted)
  if (there === isAware) return []
  const set = (isOn: boolean): Action => ({
    ...run(
      'ip',
      'link',
      'set',
      'dev',
      wanted.bridge.name,
      'type',
      'bridge',
      'vlan_filtering',
      isOn ? '1' : '0',
    ),
    accept: isOn ? [] : [1],
  })
  const reason = isAware
    ? `guests of ${wanted.name} in different VLANs do not hear each other: the switch looks at tags`
    : `${wanted.name} has no VLANs any more`
  return [{ reason, do: set(isAware), undo: set(there) }]
}

/** For a plug that is in the bridge already, which has put it into a VLAN of its own choice. */
export function portVlanSteps(name: InterfaceName, vlan: VlanSpec | undefined): Step[] {
  if (vlan === undefined) return []
  const change = (reason: string, ...words: string[]): Step => ({
    reason,
    do: { kind: 'run', argv: ['bridge', 'vlan', ...words] },
    undo: noUndo('it goes with the plug'),
  })
  const isDefault = vlan.tags.some(({ id }) => id === DEFAULT_VLAN)
  const vid = (id: number): string[] => ['dev', name, 'vid', String(id)]
  const leave = change(`${name} is in no VLAN by chance`, 'delete', ...vid(DEFAULT_VLAN))
  return [
    ...(isDefault ? [] : [leave]),
    ...vlan.tags.map(({ id, nativeMode }) => {
      const isNative = vlan.isTrunk !== true || nativeMode !== undefined
      const isBare = vlan.isTrunk !== true || nativeMode === 'untagged'
      const words = [...(isNative ? ['pvid'] : []), ...(isBare ? ['untagged'] : [])]
      const how = isBare ? 'its guest sees no tags' : 'its guest sees the tags'
      return change(`${name} is in VLAN ${String(id)}: ${how}`, 'add', ...vid(id), ...words)
    }),
  ]
}

/** Tries it in a network namespace that ends with the command. */
export function probeVlans(): RunAction {
  return run(
    'unshare',
    '--net',
    'ip',
    'link',
    'add',
    'name',
    'probe',
    'type',
    'bridge',
    'vlan_filtering',
    '1',
  )
}

export function vlanProblems(network: NetworkSpec): Problem[] {
  const { vlan, portgroups = [] } = network
  const all = [
    { path: 'vlan', vlan },
    ...portgroups.map((group, index) => ({ path: `portgroups[${String(index)}].vlan`, vlan: group.vlan })),
  ]
  return all.flatMap(({ path, vlan: each }) =>
    each === undefined ? [] : [...placeProblems(network, path), ...tagProblems(each, path)],
  )
}

function placeProblems(network: NetworkSpec, path: string): Problem[] {
  if (!sitsOnNics(network)) return []
  const [nic = 'eth0'] = network.devices
  const message = `guests of '${network.name}' sit on a NIC, which puts no tags on for them`
  const hint = `make a link for the VLAN and name it as the device: ip link add link ${nic} name ${nic}.42 type vlan id 42`
  return [{ path, message, hint }]
}

function tagProblems({ tags }: VlanSpec, path: string): Problem[] {
  const bad = tags.find(({ id }) => !Number.isInteger(id) || id < 1 || id > 4094)
  const twice = tags.find(({ id }, index) => tags.findIndex((tag) => tag.id === id) < index)
  const natives = tags.filter(({ nativeMode }) => nativeMode !== undefined)
  const told = (message: string, hint: string): Problem => ({ path, message, hint })
  return [
    ...(bad === undefined ? [] : [told(`${String(bad.id)} is not the number of a VLAN`, '1 to 4094')]),
    ...(twice === undefined
      ? []
      : [told(`VLAN ${String(twice.id)} stands here twice`, 'keep one of the two')]),
    ...(natives.length < 2
      ? []
      : [told('packets without a tag can be of one VLAN only', 'keep one nativeMode')]),
  ]
}

/** A bridge of the host that does not look at tags would let everybody hear everybody. */
export function vlanStartProblems(network: NetworkSpec, seen: Pick<SeenHost, 'links'>): Problem[] {
  if (!usesVlans(network) || isSwitched(network)) return []
  const link = seen.links.find(({ name }) => name === network.hostBridge)
  if (link?.bridge === undefined || link.bridge.isVlanAware === true) return []
  const message = `the bridge '${link.name}' does not look at VLAN tags`
  return [{ path: 'vlan', message, hint: `ip link set dev ${link.name} type bridge vlan_filtering 1` }]
}
