/** `weft up`: from a bare host to a machine on a network that works, and a picture of it. A table of contents: each beat in its file. */
import type { Connection } from '../api/client.ts'
import type { LeaseView } from '../api/views.ts'
import { WeftError } from '../core/errors.ts'
import { pathsUnder } from '../core/host/paths.ts'
import { findSandbox, startSandbox, stopSandbox } from '../sandbox/world.ts'
import { activeNetworks, startFirstNetwork, startMachine, waitForLease } from './first-machine.ts'
import { prepareGuestImage, type GuestImage } from './guest-image.ts'
import { nextWords } from './next-words.ts'
import { observeOutside } from './outside.ts'
import { installMissing } from './packages.ts'
import { renderPicture } from './picture.ts'
import { proveNetwork, type Proof } from './proof.ts'
import { rememberMade } from './record.ts'
import { say, withProgress } from './talk.ts'
import { newTakeBack, type TakeBack } from './take-back.ts'
import { createUsers, removeUsers } from './users.ts'
import { startWeftd, stopWeftd, type Place } from './weftd.ts'

export interface UpFlags {
  readonly sandbox: boolean
  /** Install what is missing without asking. */
  readonly yes: boolean
  /** Of weftd; the sandbox's directory when `sandbox`. */
  readonly root: string
  readonly connection: Connection
}

/** 0, or 1 when a proof failed in the sandbox. Throws after taking back what it had done. */
export async function up(flags: UpFlags): Promise<number> {
  refuseNonRoot(flags)
  const place: Place = { root: flags.root, isSandbox: flags.sandbox, connection: flags.connection }
  const takeBack = newTakeBack()
  try {
    return await bringUp(place, flags.yes, takeBack)
  } catch (error) {
    await takeBack.run()
    throw error
  }
}

async function bringUp(place: Place, isAgreed: boolean, takeBack: TakeBack): Promise<number> {
  const packages = await installMissing(place.isSandbox, isAgreed)
  const users = await prepareHost(place, takeBack)
  await bringUpWeftd(place, takeBack)
  const notes = await startFirstNetwork(place, takeBack)
  for (const note of notes) say(`  ${note}`)
  const image = await withProgress('preparing the first machine', () =>
    prepareGuestImage(pathsUnder(place.root)),
  )
  const names = place.isSandbox ? ['first', 'second'] : ['first']
  const leases = await bringUpMachines(place, names, image, takeBack)
  if (!place.isSandbox) await rememberMade(place.root, { machines: names, users, packages })
  await showResult(place, leases)
  return place.isSandbox ? showProofs(await prove(place, leases)) : 0
}

function refuseNonRoot(flags: UpFlags): void {
  if (process.getuid?.() === 0) return
  throw new WeftError('not-permitted', 'only root may make bridges, namespaces and firewalls', {
    hint: `sudo weft up${flags.sandbox ? ' --sandbox' : ''}`,
  })
}

/** A world for the sandbox; users for a real host. */
async function prepareHost(place: Place, takeBack: TakeBack): Promise<readonly string[]> {
  if (!place.isSandbox) {
    const users = await createUsers()
    takeBack.add(users.join(' and '), () => removeUsers(users))
    return users
  }
  const sandbox = await startSandbox(place.root)
  if (!sandbox.wasRunning) takeBack.add('the sandbox', () => stopSandbox(place.root))
  say(`sandbox   ${place.root}: namespaces of its own; nothing of this machine is changed`)
  return []
}

async function bringUpWeftd(place: Place, takeBack: TakeBack): Promise<void> {
  const { status, wasRunning } = await startWeftd(place)
  if (!wasRunning) takeBack.add('weftd ended', () => stopWeftd(place))
  say(`weftd     runs; machines use ${status.accelerator.toUpperCase()}: ${status.acceleratorBecause}`)
}

async function bringUpMachines(
  place: Place,
  names: readonly string[],
  image: GuestImage,
  takeBack: TakeBack,
): Promise<readonly LeaseView[]> {
  for (const name of names) await startMachine(place, name, image, takeBack)
  const booting = `booting ${names.join(' and ')}, waiting for an address`
  const leases = await withProgress(booting, () =>
    Promise.all(names.map((name) => waitForLease(place, name))),
  )
  names.forEach((name, index) => {
    say(`machine   ${name} has ${leases[index]?.ip ?? 'no address'}`)
  })
  return leases
}

async function showResult(place: Place, leases: readonly LeaseView[]): Promise<void> {
  const sandbox = place.isSandbox ? findSandbox(place.root) : undefined
  say()
  say(renderPicture(await observeOutside(sandbox), await activeNetworks(place)))
  say()
  say('try')
  for (const line of nextWords(place, 'first', leases[0]?.ip ?? '')) say(line)
}

async function prove(place: Place, leases: readonly LeaseView[]): Promise<readonly Proof[]> {
  const sandbox = findSandbox(place.root)
  const [first, second] = leases
  if (sandbox === undefined || first === undefined || second === undefined)
    throw new WeftError('internal', 'the sandbox or a lease is gone')
  return withProgress('asking the guest', () =>
    proveNetwork(place, sandbox, {
      first: { name: 'first', lease: first },
      second: { name: 'second', lease: second },
    }),
  )
}

function showProofs(proofs: readonly Proof[]): number {
  say()
  for (const { holds, claim, evidence } of proofs) say(`${holds ? '✔' : '✘'} ${claim} (${evidence})`)
  return proofs.every((proof) => proof.holds) ? 0 : 1
}
