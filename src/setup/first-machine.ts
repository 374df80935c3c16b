/** The network and the machines that `up` brings up, through the API like any other client. */
import { setTimeout as sleep } from 'node:timers/promises'
import { call } from '../api/client.ts'
import type { LeaseView, NetworkView, VmView } from '../api/views.ts'
import { WeftError } from '../core/errors.ts'
import { hostNameArgument, type GuestImage } from './guest-image.ts'
import type { TakeBack } from './take-back.ts'
import type { Place } from './weftd.ts'

export const FIRST_NETWORK = 'default'
const LEASE_LIMIT_MS = 180_000
const MEMORY_MIB = 128

/** Starts the built-in network; notes say when another subnet was chosen. */
export async function startFirstNetwork(place: Place, takeBack: TakeBack): Promise<readonly string[]> {
  const params = { name: FIRST_NETWORK }
  const changed = await call(place.connection, 'startNetwork', { params })
  if (changed.change !== null)
    takeBack.add(`network ${FIRST_NETWORK} stopped`, () => call(place.connection, 'stopNetwork', { params }))
  return changed.notes
}

/** Defines the machine unless it is there, and starts it unless it runs. */
export async function startMachine(
  place: Place,
  name: string,
  image: GuestImage,
  takeBack: TakeBack,
): Promise<void> {
  const { connection } = place
  const params = { name }
  const known = await call(connection, 'listVms', {})
  const found = known.find((vm) => vm.name === name)
  if (found === undefined) {
    await call(connection, 'createVm', { body: firstMachine(name, image) })
    takeBack.add(`machine ${name} deleted`, () => call(connection, 'deleteVm', { params }))
  }
  if (found?.state === 'running') return
  await call(connection, 'startVm', { params })
  takeBack.add(`machine ${name} killed`, () => call(connection, 'killVm', { params }))
}

const firstMachine = (name: string, image: GuestImage) => ({
  name,
  memoryMiB: MEMORY_MIB,
  cpus: 1,
  kernel: image.kernel,
  initrd: image.initrd,
  append: `${image.append} ${hostNameArgument(name)}`,
  nets: [FIRST_NETWORK],
})

/** The lease of the machine's first NIC, as soon as it has one. A machine that has died is not waited for. */
export async function waitForLease(place: Place, name: string): Promise<LeaseView> {
  const deadline = Date.now() + LEASE_LIMIT_MS
  while (Date.now() < deadline) {
    const vm = await call(place.connection, 'showVm', { params: { name } })
    if (vm.state !== 'running')
      throw new WeftError('wrong-state', `machine '${name}' has ended before it had an address`, {
        hint: `weft vm start ${name}; weft vm console ${name}`,
      })
    const lease = await findLease(place, vm)
    if (lease !== undefined) return lease
    await sleep(100)
  }
  throw new WeftError('timeout', `machine '${name}' has no address after ${LEASE_LIMIT_MS / 1000} s`, {
    hint: `see what it says: weft vm console ${name}`,
  })
}

async function findLease(place: Place, vm: VmView): Promise<LeaseView | undefined> {
  const leases = await call(place.connection, 'networkLeases', { params: { name: FIRST_NETWORK } })
  return leases.find((lease) => lease.leased && vm.nics.some((nic) => nic.mac === lease.mac))
}

/** Active networks with what is plugged into each. */
export async function activeNetworks(place: Place): Promise<NetworkView[]> {
  const networks = await call(place.connection, 'listNetworks', {})
  const active = networks.filter((network) => network.state === 'active')
  return Promise.all(active.map(({ name }) => call(place.connection, 'showNetwork', { params: { name } })))
}
