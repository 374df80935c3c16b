/** Which addresses a running machine has, and who says so: dnsmasq's leases, the agent in its guest, this host's neighbour table. */
import type { WeftError } from '../core/errors.ts'
import type { Neighbour } from '../core/host/neighbours.ts'
import { noAgent } from '../core/vm/no-agent.ts'
import type { NicDevice } from '../core/vm/spec.ts'
import { agentOf } from './guest-agent.ts'
import type { GuestInterface } from './guest-ports.ts'
import { networkAddresses } from './network-leases.ts'
import type { App } from './ports.ts'
import { showVm, type VmDetail } from './vm-state.ts'

export const ADDRESS_SOURCES = ['lease', 'agent', 'arp'] as const
export type AddressSource = (typeof ADDRESS_SOURCES)[number]

export interface VmAddress {
  readonly mac: string
  readonly network: string
  /** The host's end of the NIC. */
  readonly interface: string | undefined
  /** What the guest calls it, where its agent says so. */
  readonly guestInterface: string | undefined
  readonly ip: string
  /** Length of the network's prefix, where the agent says so. */
  readonly prefix: number | undefined
  readonly source: AddressSource
}

/** Somebody who only wants to see a machine does not wait for an agent that hangs. */
const AGENT_LIMIT_MS = 2000

/**
 * Of each NIC, in their order; of one source, or of all: then one that has nothing to say is passed over. Throws 'wrong-state' when the
 * machine does not run, or when only its agent is asked and none listens.
 */
export async function vmAddresses(app: App, name: string, only?: AddressSource): Promise<VmAddress[]> {
  const agent = agentOf(app, name)
  if (only === 'agent' && !(await agent.isListening())) throw noAgent()
  const { nics } = await showVm(app, name)
  const asked = ADDRESS_SOURCES.filter((source) => only === undefined || source === only)
  const told = await Promise.all(
    asked.map(async (source) => {
      const ask = addressesBy(app, name, nics, source)
      // Asked for alone, its trouble is the answer.
      return only === undefined && source === 'agent' ? ask.catch(() => []) : ask
    }),
  )
  const all = told.flat()
  return nics.flatMap(({ mac }) => all.filter((each) => each.mac === mac))
}

/** The machine with the best that is known: an address on lease, one its agent tells, one this host has spoken to. */
export async function showVmWithAddresses(app: App, name: string): Promise<VmDetail> {
  const detail = await showVm(app, name)
  const agent = app.machines.agent(name)
  if (agent === undefined || detail.nics.every(({ ipSource }) => ipSource === 'lease')) return detail
  const found = await agent.interfaces(AGENT_LIMIT_MS).catch(() => [])
  const nics = detail.nics.map((nic) => {
    const [address] = nic.ipSource === 'lease' ? [] : addressesOn(found, nic.mac).filter(isUsual)
    return address === undefined ? nic : { ...nic, ip: address.address, ipSource: 'agent' as const }
  })
  return { ...detail, nics }
}

type Nic = Pick<NicDevice, 'network' | 'mac'> & { readonly interface: string | undefined }

async function addressesBy(
  app: App,
  name: string,
  nics: readonly Nic[],
  source: AddressSource,
): Promise<VmAddress[]> {
  if (source === 'lease') return leasedAddresses(app, nics)
  const guest = source === 'agent' ? await agentOf(app, name).interfaces() : []
  const neighbours = source === 'arp' ? await app.host.neighbours() : []
  return nics.flatMap((nic) => [
    ...addressesOn(guest, nic.mac).map((each) => ({
      ...rowOf(nic, source),
      ip: each.address,
      prefix: each.prefix,
      guestInterface: each.on,
    })),
    ...neighboursOf(neighbours, nic.mac).map(({ ip }) => ({ ...rowOf(nic, source), ip })),
  ])
}

async function leasedAddresses(app: App, nics: readonly Nic[]): Promise<VmAddress[]> {
  const networks = [...new Set(nics.map(({ network }) => network))]
  const held = await Promise.all(
    networks.map(async (network) => {
      const addresses = await networkAddresses(app, network).catch(unlessGone)
      return addresses.map((each) => ({ ...each, network }))
    }),
  )
  return nics.flatMap((nic) =>
    held
      .flat()
      .filter((each) => each.isLeased && each.mac === nic.mac && each.network === nic.network)
      .map(({ ip }) => ({ ...rowOf(nic, 'lease'), ip })),
  )
}

/** A network may have been undefined and stopped under a machine that runs. */
function unlessGone(error: unknown): [] {
  if ((error as WeftError).code === 'not-found') return []
  throw error
}

const rowOf = (nic: Nic, source: AddressSource): Omit<VmAddress, 'ip'> => ({
  mac: nic.mac,
  network: nic.network,
  interface: nic.interface,
  guestInterface: undefined,
  prefix: undefined,
  source,
})

interface GuestAddress {
  readonly address: string
  readonly prefix: number
  readonly on: string
}

const addressesOn = (interfaces: readonly GuestInterface[], mac: string): GuestAddress[] =>
  interfaces
    .filter((each) => each.mac === mac)
    .flatMap(({ name: on, addresses }) => addresses.map((each) => ({ ...each, on })))

export const neighboursOf = (neighbours: readonly Neighbour[], mac: string): Neighbour[] =>
  neighbours.filter((each) => each.mac === mac)

/** One that others would use: not only valid on the link. */
const isUsual = ({ address }: { readonly address: string }): boolean => !address.startsWith('fe80:')
