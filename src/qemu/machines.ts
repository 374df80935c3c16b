/**
 * The machines that run: each QEMU's monitor is held as long as weftd lives, so that its death is known the moment it happens
 * and nothing is ever polled. QEMU outlives weftd and is found again by its run directory.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { GuestAgent, QemuEventSaid } from '../app/guest-ports.ts'
import { AGENT_CHARDEV, AGENT_PORT } from '../core/vm/qemu-args.ts'
import { createGuestAgent } from './guest-agent.ts'
import type { JobNews } from '../app/disk-ports.ts'
import { settledMemory } from './guest-memory.ts'
import type { MachineNews, Machines } from '../app/ports.ts'
import { WeftError } from '../core/errors.ts'
import type { Paths } from '../core/host/paths.ts'
import { vmFiles, type LiveVm } from '../core/vm/context.ts'
import { diskId } from '../core/vm/qemu-disks.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { connectQmp, type QmpClient } from './qmp.ts'
import { takeScreenshot } from './screenshot.ts'
import { connectSerial, type ConnectedSerial } from './serial.ts'
import { watchState, type StateWatch } from './watch-state.ts'

export interface MachinesOptions {
  readonly paths: Paths
  /** A QEMU has gone, whoever ended it; the reason is QEMU's own word, where it had time for one. */
  readonly onDeath: (name: string, reason: string | undefined) => void
  /** It stands still, goes on, or has begun anew. */
  readonly onNews: (name: string, news: MachineNews) => void
  /** Work on a disk of it has come to a turn. */
  readonly onJob: (name: string, news: JobNews) => void
}

export interface AdoptingMachines extends Machines {
  /** At the start of weftd: every QEMU that runs already. Returns their names. */
  adoptAll(): Promise<string[]>
  /** Lets go of all of them; they run on. */
  close(): void
}

type Listeners = Set<(name: string, said: QemuEventSaid) => void>

interface Machine {
  readonly pid: number
  readonly monitor: QmpClient
  readonly serial: ConnectedSerial
  readonly agent: GuestAgent
  readonly state: StateWatch
  readonly spec: VmSpec
  readonly ended: Promise<void>
}

/** Under TCG and load QEMU may need a while for its greeting; one that says nothing for so long is no machine. */
const GREETING_LIMIT_MS = 5000

export function createMachines(options: MachinesOptions): AdoptingMachines {
  const running = new Map<string, Machine>()
  const listeners: Listeners = new Set()
  const directory = `${options.paths.run}/vms`
  let isClosing = false

  async function adopt(name: string): Promise<void> {
    if (running.has(name)) return
    const { promise: ended, resolve } = Promise.withResolvers<undefined>()
    void ended.then(() => {
      // Whoever is at work while weftd ends must not take a machine for dead because nobody listens to it any more.
      if (isClosing || running.get(name)?.ended !== ended) return
      running.delete(name)
      options.onDeath(name, machine.state.endReason())
    })
    const machine = await connectMachine({ ...options, listeners }, name, () => {
      resolve(undefined)
    })
    running.set(name, { ...machine, ended })
  }

  return {
    isRunning: (name) => running.has(name),
    pid: (name) => running.get(name)?.pid,
    serial: (name) => running.get(name)?.serial,
    ask: (name, command, args) =>
      running.get(name)?.monitor.command(command, args) ?? Promise.reject(notRunning(name)),
    agent: (name) => running.get(name)?.agent,
    async memoryMiB(name, wanted, limitMs) {
      const monitor = running.get(name)?.monitor
      return monitor === undefined ? undefined : settledMemory(monitor, wanted, limitMs)
    },
    screenshot(name, format) {
      const monitor = running.get(name)?.monitor
      if (monitor === undefined) return Promise.reject(notRunning(name))
      return takeScreenshot(monitor, vmFiles(options.paths, name).directory, format)
    },
    state: (name) => running.get(name)?.state.current(),
    spec: (name) => running.get(name)?.spec,
    note: (name) => (running.has(name) ? readNote(vmFiles(options.paths, name).live) : undefined),
    names: () => [...running.keys()].sort(),
    hear(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async look(name) {
      await running.get(name)?.state.look()
    },
    async reaches(name, status, limitMs) {
      const machine = running.get(name)
      if (machine === undefined) return false
      return Promise.race([machine.ended.then(() => false), machine.state.reaches(status, limitMs)])
    },
    leftBehind: () => directories(directory).filter((name) => !running.has(name)),
    adopt,
    async adoptAll() {
      const found = directories(directory).map((name) => adopt(name).catch(() => undefined))
      await Promise.all(found)
      return [...running.keys()].sort()
    },
    gone: (name, limitMs) => waitFor(running.get(name)?.ended, limitMs),
    close() {
      isClosing = true
      for (const { monitor, serial } of running.values()) {
        monitor.close()
        serial.close()
      }
    },
  }
}

/** The monitor first: as long as somebody else holds it, there is no greeting and the machine is not ours. */
async function connectMachine(
  { paths, onNews, onJob, listeners }: MachinesOptions & { readonly listeners: Listeners },
  name: string,
  onEnd: () => void,
): Promise<Omit<Machine, 'ended'>> {
  const files = vmFiles(paths, name)
  const { spec } = JSON.parse(await readFile(files.live, 'utf8')) as LiveVm
  const state = watchState({
    query: () => monitor.command('query-status'),
    tell: (news) => {
      onNews(name, news)
    },
    pathOf: (node) => spec.disks.find((disk, place) => diskId(disk, place) === node)?.path,
  })
  const monitor = await connectQmp(files.monitor, {
    onEnd,
    timeoutMs: GREETING_LIMIT_MS,
    onEvent: (event, data, at) => {
      state.hear(event, data)
      for (const listener of listeners)
        listener(name, { event, data, ...(at ?? { seconds: 0, microseconds: 0 }) })
      const agentNews = agentNewsOf(event, data)
      if (agentNews !== undefined) onNews(name, agentNews)
      const job = jobNews(event, data)
      if (job !== undefined) onJob(name, job)
    },
  })
  try {
    const pid = Number((await readFile(files.pid, 'utf8')).trim())
    const agent = createGuestAgent(files.agent, () => isAgentListening(monitor))
    await state.look()
    return { pid, monitor, state, spec, serial: await connectSerial(files.serial), agent }
  } catch (error) {
    monitor.close()
    throw new WeftError('command-failed', `machine '${name}' has ended right after its start`, {
      cause: error,
    })
  }
}

/** undefined for one that is about to be removed. */
function readNote(path: string): LiveVm | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LiveVm
  } catch {
    return undefined
  }
}

/** False as well for a machine that an earlier weft has started without such a channel. */
async function isAgentListening(monitor: QmpClient): Promise<boolean> {
  const channels = (await monitor.command('query-chardev')) as readonly {
    readonly label: string
    readonly 'frontend-open': boolean
  }[]
  return channels.some((channel) => channel.label === AGENT_CHARDEV && channel['frontend-open'])
}

/** Somebody in the guest has opened or closed the agent's port. */
function agentNewsOf(event: string, data: unknown): MachineNews | undefined {
  const { id, open } = (data ?? {}) as { readonly id?: string; readonly open?: boolean }
  if (event !== 'VSERPORT_CHANGE' || id !== AGENT_PORT) return undefined
  return { what: open === true ? 'agent-connected' : 'agent-disconnected' }
}

/** Where a job waits for somebody; one that is over waits where it is not to be forgotten at once. */
const TURNS: ReadonlySet<string> = new Set(['ready', 'pending', 'concluded'])

/** Only where somebody has to do something: QEMU tells of each change twice, in two words. */
function jobNews(event: string, data: unknown): JobNews | undefined {
  const { id, device, status, error } = (data ?? {}) as Readonly<Record<string, string | undefined>>
  if (event === 'JOB_STATUS_CHANGE' && id !== undefined)
    return TURNS.has(status ?? '') ? { id, what: 'turned' } : undefined
  if (device === undefined) return undefined
  if (event === 'BLOCK_JOB_CANCELLED') return { id: device, what: 'ended', error: 'it was cancelled' }
  if (event === 'BLOCK_JOB_COMPLETED' && error !== undefined) return { id: device, what: 'ended', error }
  return undefined
}

const notRunning = (name: string): WeftError =>
  new WeftError('wrong-state', `machine '${name}' does not run`, { hint: `weft vm start ${name}` })

function directories(path: string): string[] {
  return existsSync(path) ? readdirSync(path).sort() : []
}

async function waitFor(ended: Promise<void> | undefined, limitMs: number): Promise<boolean> {
  if (ended === undefined) return true
  const limit = Promise.withResolvers<boolean>()
  const timer = setTimeout(limit.resolve, limitMs, false)
  const isGone = await Promise.race([ended.then(() => true), limit.promise])
  clearTimeout(timer)
  return isGone
}
