/** What holds for one plug: its own settings before those of its port group, and those before the network's. */
import type { Problem } from '../../errors.ts'
import type { PortSpec } from '../port.ts'
import type { BandwidthSpec, NetworkSpec, PortgroupSpec } from '../spec.ts'

type Plug = Pick<PortSpec, 'portgroup' | 'bandwidth' | 'isIsolated'>

/** The one it names, else the default one. */
export function portgroupOf(
  { portgroup }: Pick<Plug, 'portgroup'>,
  { portgroups = [] }: Pick<NetworkSpec, 'portgroups'>,
): PortgroupSpec | undefined {
  return portgroups.find(({ name, isDefault }) =>
    portgroup === undefined ? isDefault === true : name === portgroup,
  )
}

export function limitsOf(
  port: Plug | undefined,
  network: Pick<NetworkSpec, 'portgroups'>,
): BandwidthSpec | undefined {
  if (port === undefined) return undefined
  return port.bandwidth ?? portgroupOf(port, network)?.bandwidth
}

export function isIsolated(port: Plug, network: Pick<NetworkSpec, 'portsAreIsolated'>): boolean {
  return port.isIsolated ?? network.portsAreIsolated === true
}

/** What its network has not got. */
export function portgroupProblems(
  portgroup: string | undefined,
  network: NetworkSpec,
  path: string,
): Problem[] {
  const { name, portgroups = [] } = network
  if (portgroup === undefined || portgroups.some((group) => group.name === portgroup)) return []
  const names = portgroups.map((group) => group.name).join(', ')
  const hint = names === '' ? 'it has none: leave it out' : `it has ${names}`
  return [{ path, message: `network '${name}' has no port group '${portgroup}'`, hint }]
}
