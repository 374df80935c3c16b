/** What machines' definitions publish, with the addresses that their NICs keep: for whoever plans the firewall of networks. */
import { parsePublication } from '../core/host/publication.ts'
import { keptAddresses, pinnedAddresses } from '../core/network/addresses/kept-addresses.ts'
import type { PublishedPort } from '../core/network/firewall/nft-published.ts'
import type { SeenHost } from '../core/network/seen.ts'
import { guestName } from '../core/vm/nics.ts'
import type { NicDevice, VmSpec } from '../core/vm/spec.ts'
import type { App } from './ports.ts'

/** A machine as it will be when a plan is done; `without`: one that is gone then. */
export interface AfterPlan {
  readonly wanted?: VmSpec
  readonly without?: string
}

export function publishedNetworks(app: App): string[] {
  const nics = app.vms.list().flatMap((vm) => vm.nics.filter(isPublished))
  return [...new Set(nics.map(({ network }) => network))]
}

/** Needs a look with the networks of all of them. */
export function publishedPorts(
  app: App,
  seen: Pick<SeenHost, 'files'>,
  { wanted, without }: AfterPlan = {},
): PublishedPort[] {
  const others = app.vms.list().filter(({ name }) => name !== wanted?.name && name !== without)
  return [...others, ...(wanted === undefined ? [] : [wanted])].flatMap((vm) =>
    vm.nics.filter(isPublished).flatMap((nic) => portsOfNic(app, vm, nic, seen)),
  )
}

const isPublished = ({ publish }: NicDevice): boolean => publish !== undefined

function portsOfNic(app: App, vm: VmSpec, nic: NicDevice, seen: Pick<SeenHost, 'files'>): PublishedPort[] {
  const { network } = nic
  const spec = app.liveNetworks.get(network)?.spec ?? app.networks.find(network)?.spec
  if (spec === undefined) return []
  const asker = { mac: nic.mac, hostName: guestName(vm, nic) }
  const addresses = pinnedAddresses(spec, asker, keptAddresses(network, seen, app.facts))
  const { publish = [] } = nic
  return publish.map((word) => ({ ...parsePublication(word), machine: vm.name, network, ...addresses }))
}
