/**
 * Asking a guest to shut down or to reboot: its power button is pressed, again when it does not listen, up to a limit. Where an agent
 * listens in it, that is asked as well then.
 */
import { WeftError } from '../core/errors.ts'
import { refuseUnlessAllowed } from '../core/vm/lifecycle.ts'
import { noAgent } from '../core/vm/no-agent.ts'
import { planVmAskReboot, planVmGiveUpReboot, planVmReset, planVmSecondHalf } from '../core/vm/plan-pause.ts'
import { planVmAgentShutdown, planVmPowerdown } from '../core/vm/plan-stop.ts'
import type { Plan } from '../core/plan/plan.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { HOST_QUEUE } from './find-network.ts'
import type { App } from './ports.ts'
import { afterEnd } from './vm-ends.ts'
import { getState } from './vm-state.ts'
import { killVm } from './vms.ts'

export interface AskRequest extends ChangeRequest {
  readonly limitMs?: number
  /** Who has not done it by then is forced. */
  readonly force?: boolean
}

export interface StopRequest extends AskRequest {
  /** Only so; absent: the power button, and later the agent where one listens. */
  readonly mode?: 'acpi' | 'agent'
}

/** How long a guest has for shutting itself down. */
const STOP_LIMIT_MS = 60_000
/** A guest that is still booting has nobody yet who hears the button. */
const PRESS_AGAIN_MS = 10_000

/** Waits until the guest has shut itself down. One that does not answer is left running, or with `force` killed. */
export async function stopVm(
  app: App,
  name: string,
  request: StopRequest,
): Promise<Changed<'stopped' | 'killed'>> {
  refuseUnlessAllowed('stop', name, getState(app, name).state)
  const { mode } = request
  const agent = planVmAgentShutdown(name, app.facts)
  if (mode === 'agent' && !(await app.machines.agent(name)?.isListening())) throw noAgent()
  const plan = mode === 'agent' ? agent : planVmPowerdown(name, app.facts)
  if (!request.dryRun) app.restarts.expectEnd(name)
  const changed = await app.queue.run(HOST_QUEUE, () => carryOut(app, request, plan, 'stopped'))
  if (request.dryRun) return changed
  const limitMs = request.limitMs ?? STOP_LIMIT_MS
  const isOff = (ms: number): Promise<boolean> => isGoneOrOff(app, name, ms)
  const pressAgain = async (): Promise<void> => {
    if (mode !== 'agent') await ask(app, plan)
    if (mode !== 'acpi' && (await app.machines.agent(name)?.isListening())) await ask(app, agent)
  }
  if (!(await pressUntil(pressAgain, isOff, limitMs))) {
    if (request.force !== true) {
      app.restarts.expectNothing(name)
      throw notListening(name, 'shut down', limitMs)
    }
    const killed = await killVm(app, name, request)
    return { ...killed, notes: [`its guest did not shut down within ${String(limitMs / 1000)} s`] }
  }
  if (app.machines.isRunning(name)) return { ...(await killVm(app, name, request)), result: 'stopped' }
  await afterEnd(app, name, { cause: 'poweroff', because: 'the guest was asked to shut down' })
  return changed
}

/** With a policy that preserves it, QEMU stays when the guest is off. */
async function isGoneOrOff(app: App, name: string, limitMs: number): Promise<boolean> {
  const off = app.machines.reaches(name, 'shutdown', limitMs)
  return (await Promise.race([app.machines.gone(name, limitMs), off])) || !app.machines.isRunning(name)
}

/** Waits until the guest has shut itself down and its machine begins anew. With `force` it is reset after the limit. */
export async function rebootVm(
  app: App,
  name: string,
  request: AskRequest,
): Promise<Changed<'rebooted' | 'reset'>> {
  refuseUnlessAllowed('reboot', name, getState(app, name).state)
  const plan = planVmAskReboot(name, app.facts)
  if (request.dryRun) return carryOut(app, request, plan, 'rebooted')
  const isOver = app.restarts.expectReboot(name)
  return waitForReboot(app, name, request, plan).finally(isOver)
}

async function waitForReboot(
  app: App,
  name: string,
  request: AskRequest,
  plan: Plan,
): Promise<Changed<'rebooted' | 'reset'>> {
  const changed = await app.queue.run(HOST_QUEUE, () => carryOut(app, request, plan, 'rebooted' as const))
  const limitMs = request.limitMs ?? STOP_LIMIT_MS
  const isDown = (ms: number): Promise<boolean> => app.machines.reaches(name, 'shutdown', ms)
  const isOff = await pressUntil(() => ask(app, plan), isDown, limitMs)
  if (isOff) {
    await finishReboot(app, name, request)
    return changed
  }
  if (!app.machines.isRunning(name)) throw endedInstead(name)
  const giveUp = planVmGiveUpReboot(name, app.facts)
  await app.queue.run(HOST_QUEUE, () => carryOut(app, request, giveUp, 'reset'))
  if (request.force !== true) throw notListening(name, 'reboot', limitMs)
  const reset = planVmReset(name, true, app.facts)
  const forced = await app.queue.run(HOST_QUEUE, () => carryOut(app, request, reset, 'reset'))
  return { ...forced, notes: [`its guest did not shut down within ${String(limitMs / 1000)} s`] }
}

/** A guest that has powered itself off on its way to a reboot begins anew; also when the weftd that asked it to has died since. */
export async function finishReboot(app: App, name: string, request: ChangeRequest): Promise<void> {
  await app.queue.run(HOST_QUEUE, async () => {
    await carryOut(app, request, planVmSecondHalf(name, app.facts), 'rebooted')
    await app.machines.look(name)
  })
  app.events.emit({ kind: 'vm', name, what: 'rebooted', because: 'it was asked to' })
}

async function pressUntil(
  pressAgain: () => Promise<void>,
  isDone: (limitMs: number) => Promise<boolean>,
  limitMs: number,
): Promise<boolean> {
  for (let left = limitMs; left > 0; left -= PRESS_AGAIN_MS) {
    if (await isDone(Math.min(left, PRESS_AGAIN_MS))) return true
    // It may be ending just now.
    if (left > PRESS_AGAIN_MS) await pressAgain().catch(() => undefined)
  }
  return false
}

/** The plan's last step is the button. */
async function ask(app: App, { steps }: Plan): Promise<void> {
  const button = steps.at(-1)
  if (button !== undefined) await app.host.perform(button.do)
}

function notListening(name: string, what: string, limitMs: number): WeftError {
  const message = `machine '${name}' was asked to ${what} and still runs after ${String(limitMs / 1000)} s`
  const force = what === 'reboot' ? `weft vm reset ${name}` : `weft vm kill ${name}`
  return new WeftError('timeout', message, {
    hint: `look at its console: weft vm console ${name}; wait longer with --timeout; or pull its plug: ${force}`,
  })
}

function endedInstead(name: string): WeftError {
  return new WeftError('wrong-state', `machine '${name}' has ended instead of rebooting`, {
    hint: `weft vm start ${name}`,
  })
}
