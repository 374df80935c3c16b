/** Which of the two a change is made to where the machine runs: as it runs, as it is defined, or both together. */
import type { Step } from '../core/plan/plan.ts'
import type { LiveVm } from '../core/vm/context.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { type Changed, type ChangeRequest, toldOfDefinition } from './change.ts'
import { planDefinition } from './definitions.ts'
import { keepSteps, liveOf, noteSteps } from './live-disks.ts'
import type { App } from './ports.ts'

/** `running`: until it ends; `definition`: from its next start on. */
export type Scope = 'both' | 'running' | 'definition'

export interface ScopedRequest extends ChangeRequest {
  /** Absent: both. */
  readonly scope?: Scope
}

/** What runs, where the change is made to it. */
export async function liveIn(app: App, name: string, { scope }: ScopedRequest): Promise<LiveVm | undefined> {
  return scope === 'definition' ? undefined : liveOf(app, name)
}

/** As keepSteps of live-disks.ts, without a word about what stays as it is. */
export function keepInScope(
  app: App,
  wanted: VmSpec,
  live: LiveVm | undefined,
  { scope }: ScopedRequest,
): Promise<Step[]> {
  if (scope !== 'running') return keepSteps(app, wanted, live)
  return live === undefined ? Promise.resolve([]) : noteSteps(app, live)
}

/** The definition's part of it; nothing where that stays. */
export async function definedInScope(
  app: App,
  wanted: VmSpec,
  { scope }: ScopedRequest,
): Promise<readonly Step[]> {
  return scope === 'running' ? [] : (await planDefinition(app, app.vms, wanted, '')).steps
}

/** A device that has come to what runs, or gone from it, by QEMU's name for it. */
export interface DeviceNews {
  readonly device: string
  readonly what: 'added' | 'removed'
}

/** What follows such a change: who listens hears of the definition, and of a device of what runs. */
export async function toldInScope<C extends Changed<string>>(
  app: App,
  name: string,
  changed: C,
  { scope }: ScopedRequest,
  news?: DeviceNews,
): Promise<C> {
  if (scope !== 'running') await toldOfDefinition(app, name, changed)
  if (changed.number !== null && news !== undefined) app.events.emit({ kind: 'device', vm: name, ...news })
  return changed
}
