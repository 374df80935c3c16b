/** Waiting until a machine has come so far: it has an address, answers to ssh, its agent answers, or it has shut down. */
import { WeftError } from '../core/errors.ts'
import { networksOf } from '../core/vm/nics.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { readLeases } from './network-state.ts'
import type { App } from './ports.ts'
import { getVm, stateOf } from './vm-state.ts'

export type VmGoal = 'lease' | 'ssh' | 'agent' | 'shutdown'

export interface VmReached {
  /** null when it was not waited for. */
  readonly ip: string | null
}

const USUAL_LIMIT_MS = 120_000
const SSH_PORT = 22
/** Until an agent that does not answer is asked again. */
const PAUSE_MS = 1000

interface Waiting {
  readonly spec: VmSpec
  readonly limitMs: number
  /** In ms since 1970. */
  readonly end: number
}

export async function waitForVm(
  app: App,
  name: string,
  goal: VmGoal,
  limitMs = USUAL_LIMIT_MS,
): Promise<VmReached> {
  const spec = getVm(app, name)
  const waiting = { spec, limitMs, end: app.chance.now().getTime() + limitMs }
  if (goal === 'shutdown') return waitForShutdown(app, waiting)
  if (!app.machines.isRunning(name)) throw notRunning(app, name)
  if (goal === 'agent') return waitForAgent(app, waiting)
  if (spec.nics.length === 0) throw new WeftError('unsupported', `machine '${name}' has no NIC`)
  const ip = await waitForLease(app, waiting)
  if (goal === 'ssh') await waitForSsh(app, waiting, ip)
  return { ip }
}

async function waitForShutdown(app: App, { spec, limitMs }: Waiting): Promise<VmReached> {
  if (await app.machines.gone(spec.name, limitMs)) return { ip: null }
  throw timeIsOver(spec.name, limitMs, 'still runs', `weft vm stop ${spec.name}`)
}

/** One that has opened its port may still hang: what counts is an answer. */
async function waitForAgent(app: App, waiting: Waiting): Promise<VmReached> {
  const { name } = waiting.spec
  const { promise, resolve } = Promise.withResolvers<undefined>()
  let isOver = false
  const look = async (): Promise<void> => {
    const agent = app.machines.agent(name)
    while (!isOver && (await agent?.isListening())) {
      if (await agent?.answers()) {
        resolve(undefined)
        return
      }
      // Also ends when the machine does.
      await app.machines.gone(name, PAUSE_MS)
    }
  }
  const lookUnlessItHasGone = (): void => {
    look().catch(() => undefined)
  }
  const unsubscribe = app.events.subscribe((event) => {
    if (event.kind === 'vm' && event.name === name && event.what === 'agent-connected') lookUnlessItHasGone()
  })
  try {
    lookUnlessItHasGone()
    await unlessItEnds(app, waiting, promise, 'has no agent that answers')
    return { ip: null }
  } finally {
    isOver = true
    unsubscribe()
  }
}

/** The address of the first NIC that has one. */
async function waitForLease(app: App, waiting: Waiting): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const look = async (): Promise<void> => {
    const ip = await leasedAddress(app, waiting.spec)
    if (ip !== undefined) resolve(ip)
  }
  const unsubscribe = app.events.subscribe((event) => {
    if (event.kind === 'lease' && event.what === 'given') void look()
  })
  try {
    await look()
    return await unlessItEnds(app, waiting, promise, 'has no address')
  } finally {
    unsubscribe()
  }
}

async function waitForSsh(app: App, waiting: Waiting, ip: string): Promise<void> {
  const giveUp = new AbortController()
  const greeted = app.host.awaitGreeting({ address: ip, port: SSH_PORT, begins: 'SSH-' }, giveUp.signal)
  try {
    await unlessItEnds(app, waiting, greeted, `has ${ip}, but no ssh server answers there`)
  } finally {
    giveUp.abort()
  }
}

/** Whichever comes first: the goal, the end of the machine, the end of patience. */
async function unlessItEnds<T>(
  app: App,
  { spec: { name }, limitMs, end }: Waiting,
  goal: Promise<T>,
  otherwise: string,
): Promise<T> {
  const left = Math.max(1, end - app.chance.now().getTime())
  const ended = app.machines.gone(name, left).then((isGone) => {
    if (isGone) throw endedMeanwhile(name)
    throw timeIsOver(name, limitMs, otherwise, `see what it says: weft vm console ${name}`)
  })
  return Promise.race([goal, ended])
}

async function leasedAddress(app: App, spec: VmSpec): Promise<string | undefined> {
  const leases = await Promise.all(networksOf(spec).map((network) => readLeases(app, network)))
  const byMac = new Map(leases.flat().map(({ mac, ip }) => [mac, ip]))
  return spec.nics.map(({ mac }) => byMac.get(mac)).find((ip) => ip !== undefined)
}

function notRunning(app: App, name: string): WeftError {
  const state = stateOf(app, name).state
  return new WeftError('wrong-state', `cannot wait for machine '${name}': it is ${state}`, {
    hint: `weft vm start ${name}`,
  })
}

function endedMeanwhile(name: string): WeftError {
  return new WeftError('wrong-state', `machine '${name}' has ended while it was waited for`, {
    hint: 'weft diff shows its end; weft vm start starts it again',
  })
}

function timeIsOver(name: string, limitMs: number, what: string, hint: string): WeftError {
  return new WeftError('timeout', `machine '${name}' ${what} after ${String(limitMs / 1000)} s`, { hint })
}
