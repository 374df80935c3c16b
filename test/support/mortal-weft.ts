/** A weftd that dies without a word around a step of what it does, in this process; the next one takes over as after a real death. */
import type { App } from '../../src/app/ports.ts'
import { recover } from '../../src/app/recover.ts'
import { lookAfterMachines } from '../../src/app/restart-vm.ts'
import { buildApp, type BuiltApp } from '../../src/daemon/build-app.ts'

/** `before` and `after` the n-th step, counted from 0. */
export type When = 'before' | 'after'

export interface Death {
  /** Who is there afterwards: the next weftd, or the same where the work has fewer steps. */
  readonly built: BuiltApp
  readonly isDead: boolean
  /** What the next one said of what it found. */
  readonly said: readonly string[]
}

/** Whoever is dead neither hears of anything nor does anything more; its journal is as it was at that moment. */
export async function dieAt(
  built: BuiltApp,
  [n, when]: readonly [number, When],
  work: (app: App) => Promise<unknown>,
): Promise<Death> {
  const died = Promise.withResolvers<true>()
  const forever = new Promise<never>(() => undefined)
  const { app } = built
  const host = app.host as { perform: App['host']['perform'] }
  const { perform } = host
  let performed = 0
  const die = (): Promise<never> => {
    died.resolve(true)
    return forever
  }
  host.perform = async (action) => {
    const isLast = performed === n
    performed += 1
    if (performed > n + 1 || (isLast && when === 'before')) await die()
    await perform(action)
    if (isLast) await die()
  }
  const isDead = await Promise.race([died.promise, work(app).then(() => false)])
  if (isDead) return { isDead, ...(await succeed(built)) }
  host.perform = perform
  return { built, isDead, said: [] }
}

/** The next weftd on that root: the one before has died, and does nothing more. */
export async function succeed(before: BuiltApp): Promise<Pick<Death, 'built' | 'said'>> {
  const host = before.app.host as { perform: App['host']['perform'] }
  host.perform = () => new Promise(() => undefined)
  before.close()
  const root = before.app.facts.paths.etc.slice(0, -'/etc/weft'.length)
  const built = buildApp(root, () => undefined)
  const said = await recover(built.app)
  await built.adoptAll()
  await lookAfterMachines(built.app)
  return { built, said }
}
