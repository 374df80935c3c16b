/** How machines end: what is left of one is removed, everybody hears why it ended, and its policy says whether it starts anew. */
import type { SeenHost } from '../core/network/seen.ts'
import type { Plan } from '../core/plan/plan.ts'
import { vmFiles } from '../core/vm/context.ts'
import { isRestarted, type VmEnd } from '../core/vm/end-policy.ts'
import { networksOf } from '../core/vm/nics.ts'
import { planVmStop } from '../core/vm/plan-stop.ts'
import { isServed, shareId } from '../core/vm/shares.ts'
import type { SeenVm } from '../core/vm/seen.ts'
import { carryOut } from './change.ts'
import { inTurnOf } from './vm-turn.ts'
import { forgetTransient, forgetTransientSteps } from './forget-transient.ts'
import { machineEndHooks, portHooks } from './hooks.ts'
import { lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'
import { pluggedNics, unplugNicSteps } from './vm-nics.ts'
import { readLive } from './vm-state.ts'

/** How long it is waited for its first words, and for the end of what it has begun to say: a line comes in pieces. */
const LAST_WORDS_MS = { first: 200, all: 2000 } as const

const AWAY: VmEnd = { cause: 'unknown', because: 'it ended while weftd was away' }

/**
 * After a guest has ended by itself: its TAPs, notes and run directory go. Whoever was told of the death calls this; when
 * somebody else has tidied up already there is nothing to do. Says, and notes, whether it is to be started anew.
 */
export function afterEnd(app: App, name: string, end: VmEnd): Promise<boolean> {
  return inTurnOf(app, name, async () => {
    if (app.machines.isRunning(name) || !seenVm(app, name).hasRunDirectory) return false
    const spec = (await readLive(app, name))?.spec
    const isWanted = app.restarts.isExpected(name)
    app.restarts.expectNothing(name)
    const stays = app.vms.find(name)?.isTransient !== true
    const isAgain = stays && !isWanted && spec !== undefined && isRestarted(spec, end.cause)
    // First: with its run directory goes all that the next weftd could know of its end.
    if (isAgain && !app.restarts.pending().includes(name)) app.restarts.note(name)
    await tidyUp(app, name, 'weftd', end)
    return isAgain
  })
}

/** Machines that died while weftd was away. */
export async function tidyUpAll(app: App): Promise<void> {
  for (const name of app.machines.leftBehind()) await afterEnd(app, name, AWAY)
}

/** Whose end nobody has seen, since the host has ended too; and those that a weftd has died over before their start. */
export async function forgetTransients(app: App): Promise<void> {
  for (const { name, isTransient } of app.vms.list())
    if (isTransient === true && !app.machines.isRunning(name)) await tidyUp(app, name, 'weftd', AWAY)
}

export async function tidyUp(app: App, name: string, by: string, end: VmEnd): Promise<void> {
  const said = await hearLastWords(app, name, end)
  const last = said === undefined ? '' : `; the last that QEMU said was '${said}'`
  app.log?.(`machine '${name}' has ended: ${end.because}${last}`)
  const plan = await planEnd(app, name, { lastWords: said, because: end.because })
  await carryOut(app, { by, dryRun: false }, plan, 'stopped')
  app.events.emit({ kind: 'vm', name, what: 'stopped', because: `${end.because}${last}` })
  await forgetTransient(app, name)
}

interface EndLook {
  readonly look?: SeenHost
  readonly lastWords?: string | undefined
  readonly because?: string
  /** Whoever asks forgets it himself. */
  readonly isDeleted?: true
}

/** By the note of what it was started with: the definition may say something else by now. */
export async function planEnd(app: App, name: string, more: EndLook = {}): Promise<Plan> {
  const live = await readLive(app, name)
  const spec = live?.spec ?? app.vms.find(name)
  const host = more.look ?? (await lookAtNetworks(app, spec === undefined ? [] : networksOf(spec)))
  const seen = {
    ...seenVm(app, name),
    shares: (spec?.shares ?? []).filter(isServed).map(shareId),
    ...(spec?.tpm === true ? { hasTpm: true as const } : {}),
    ...(live?.lent === undefined ? {} : { lent: live.lent }),
    ...(live?.group === undefined ? {} : { group: live.group }),
    ...(more.lastWords === undefined ? {} : { lastWords: more.lastWords }),
    ...(more.because === undefined ? {} : { because: more.because }),
  }
  const told = await machineEndHooks(app, live)
  const plugs = spec === undefined || live === undefined ? [] : pluggedNics(app, spec, host)
  const { deleted } = await portHooks(app, plugs)
  const unplug = [...unplugNicSteps(app, name, spec, host), ...deleted]
  const end = planVmStop(name, seen, app.facts, unplug, told)
  const forget = more.isDeleted === true ? [] : await forgetTransientSteps(app, name, host)
  return forget.length === 0 ? end : { ...end, steps: [...end.steps, ...forget], isLasting: true }
}

/** Its last lines: what came before is seldom why it ended. */
/** They come through a pipe, and may be on their way when the end is heard. Of a guest that went by itself QEMU has nothing to say. */
async function hearLastWords(app: App, name: string, { cause }: VmEnd): Promise<string | undefined> {
  const from = Date.now()
  const maySpeak = cause === 'ended' || cause === 'crash'
  for (;;) {
    const log = (await app.host.readTextFile(vmFiles(app.facts.paths, name).log)) ?? ''
    const limit = log === '' ? LAST_WORDS_MS.first : LAST_WORDS_MS.all
    if (log.endsWith('\n') || !maySpeak || Date.now() - from >= limit) return lastOf(log)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export async function readLastWords(app: App, name: string): Promise<string | undefined> {
  const log = await app.host.readTextFile(vmFiles(app.facts.paths, name).log)
  return lastOf(log ?? '')
}

function lastOf(log: string): string | undefined {
  const said = log.trim().split('\n').slice(-3).join('\n').slice(-500)
  return said === '' ? undefined : said
}

/** The monitor's end is told a moment after the process' end. */
export async function reportEnd(app: App, name: string, because: string): Promise<void> {
  await app.machines.gone(name, 1000)
  app.events.emit({ kind: 'vm', name, what: 'stopped', because })
}

export function seenVm(app: App, name: string): SeenVm {
  const isRunning = app.machines.isRunning(name)
  return { isRunning, hasRunDirectory: isRunning || app.machines.leftBehind().includes(name) }
}
