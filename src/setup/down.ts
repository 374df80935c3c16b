/** `weft down`: takes back what `weft up` made, and leaves what people have made since. */
import { rm } from 'node:fs/promises'
import { call, type Connection } from '../api/client.ts'
import { findSandbox, stopSandbox } from '../sandbox/world.ts'
import { WeftError } from '../core/errors.ts'
import { activeNetworks, FIRST_NETWORK } from './first-machine.ts'
import { removeGuestImage } from './guest-image.ts'
import { pathsUnder } from '../core/host/paths.ts'
import { forgetMade, recallMade } from './record.ts'
import { say } from './talk.ts'
import { removeUsers } from './users.ts'
import { findWeftd, stopWeftd, type Place } from './weftd.ts'

export interface DownFlags {
  readonly sandbox: boolean
  readonly root: string
  readonly connection: Connection
}

export async function down(flags: DownFlags): Promise<number> {
  if (process.getuid?.() !== 0)
    throw new WeftError('not-permitted', 'only root may take it back', {
      hint: `sudo weft down${flags.sandbox ? ' --sandbox' : ''}`,
    })
  const place: Place = { root: flags.root, isSandbox: flags.sandbox, connection: flags.connection }
  return place.isSandbox ? downSandbox(place) : downHost(place)
}

/** The kernel takes everything in the sandbox away with its PID 1. */
async function downSandbox(place: Place): Promise<number> {
  const wasThere = findSandbox(place.root) !== undefined
  await stopSandbox(place.root)
  say(
    wasThere
      ? `sandbox   ${place.root} is gone, with everything in it`
      : `there was no sandbox in ${place.root}`,
  )
  return 0
}

async function downHost(place: Place): Promise<number> {
  const made = await recallMade(place.root)
  if ((await findWeftd(place)) !== undefined) {
    for (const name of made.machines) await deleteMachine(place, name)
    await removeGuestImage(pathsUnder(place.root))
    if (!(await stopFirstNetwork(place))) return 0
    const isUnused = await hasNothingOfPeople(place)
    await stopWeftd(place)
    say('weftd     ended')
    if (isUnused) await removeState(place)
  }
  await removeUsers(made.users)
  for (const entry of made.users) say(`users     ${entry} removed`)
  await forgetMade(place.root)
  if (made.packages.length > 0) {
    say('These packages were installed by weft up and stay; to remove them as well:')
    say(`  apt-get remove ${made.packages.join(' ')}`)
  }
  return 0
}

/** Only the built-in network is defined. */
async function hasNothingOfPeople({ connection }: Place): Promise<boolean> {
  const networks = await call(connection, 'listNetworks', {})
  const vms = await call(connection, 'listVms', {})
  const disks = await call(connection, 'listDisks', {})
  return vms.length + disks.length === 0 && networks.every((network) => network.name === FIRST_NETWORK)
}

async function removeState(place: Place): Promise<void> {
  const { etc, lib, run } = pathsUnder(place.root)
  for (const directory of [etc, lib, run]) await rm(directory, { recursive: true, force: true })
  say(`files     ${etc}, ${lib} and ${run} removed: there was nothing of yours in them`)
}

async function deleteMachine(place: Place, name: string): Promise<void> {
  const params = { name }
  const vms = await call(place.connection, 'listVms', {})
  const found = vms.find((vm) => vm.name === name)
  if (found === undefined) return
  if (found.state === 'running') await call(place.connection, 'killVm', { params })
  await call(place.connection, 'deleteVm', { params })
  say(`machine   ${name} deleted`)
}

/** False when something of somebody's is still running: then weftd stays for it. */
async function stopFirstNetwork(place: Place): Promise<boolean> {
  const { connection } = place
  const vms = (await call(connection, 'listVms', {})).filter((vm) => vm.state === 'running')
  const networks = await activeNetworks(place)
  const others = networks.filter((one) => one.name !== FIRST_NETWORK)
  const plugged = networks.find((one) => one.name === FIRST_NETWORK)?.ports ?? []
  if (vms.length + others.length + plugged.length > 0) {
    const names = [...vms.map((vm) => `machine ${vm.name}`), ...others.map((one) => `network ${one.name}`)]
    say(
      `weftd     stays: ${[...names, ...plugged.map((port) => `port ${port.interface}`)].join(', ')} in use`,
    )
    say('stop them, then type the same command again')
    return false
  }
  if (networks.length > 0) {
    await call(connection, 'stopNetwork', { params: { name: FIRST_NETWORK } })
    say(`network   ${FIRST_NETWORK} stopped`)
  }
  return true
}
