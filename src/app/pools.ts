/** Pools: where disks may lie besides the built-in directory. */
import { WeftError } from '../core/errors.ts'
import { lastingPlan } from '../core/plan/plan.ts'
import {
  definitionOf,
  refusePoolProblems,
  type PoolMark,
  type PoolSpec,
  type StandingPool,
} from '../core/storage/pool.ts'
import { carryOut, type Changed, type ChangeRequest, told } from './change.ts'
import type { WeftEvent } from './event-ports.ts'
import { planDefinition, planForget } from './definitions.ts'
import { getPool, listDisks, poolsOf } from './disk-images.ts'
import type { App } from './ports.ts'

export interface PoolState extends StandingPool {
  readonly disks: number
  /** Bytes its disks use on this host. */
  readonly used: number
}

export async function listPools(app: App): Promise<PoolState[]> {
  const disks = await listDisks(app)
  return poolsOf(app).map((pool) => {
    const own = disks.filter((disk) => disk.pool === pool.name)
    return { ...pool, disks: own.length, used: own.reduce((sum, { used }) => sum + used, 0) }
  })
}

/** What a definition does not say of one that is there stays. */
export function definePool(
  app: App,
  wanted: PoolSpec,
  request: ChangeRequest,
): Promise<Changed<'defined' | 'already-defined'>> {
  return app.queue.run('pools', async () => {
    await refusePool(app, wanted)
    const before = app.pools.find(wanted.name)
    const moved = before?.path ?? wanted.path
    if (moved !== wanted.path) await refuseFull(app, wanted.name)
    const spec = { ...before, ...wanted }
    const plan = await planDefinition(app, app.pools, spec, `define pool '${wanted.name}'`)
    const result = plan.steps.length === 0 ? 'already-defined' : 'defined'
    const changed = await carryOut(app, request, plan, result)
    if (!request.dryRun) await app.pools.refresh(wanted.name)
    return told(app, changed, poolEvent(wanted.name, 'defined'))
  })
}

/** One that is forgotten when it is stopped, or when the host is; its directory has to be there. */
export function createPool(app: App, wanted: PoolSpec, request: ChangeRequest): Promise<Changed<'started'>> {
  return app.queue.run('pools', async () => {
    await refusePool(app, wanted)
    await refuseNoDirectory(app, wanted)
    if (poolsOf(app).some(({ name }) => name === wanted.name))
      throw new WeftError('already-exists', `pool '${wanted.name}' exists already`, {
        hint: 'weft pool list',
      })
    const mark: PoolMark = { name: wanted.name, isActive: true, transient: wanted }
    return markPool(app, mark, { title: `start pool '${wanted.name}'`, result: 'started' }, request)
  })
}

/** The directory stays, and whatever is in it; one that is active has to be without disks. */
export function undefinePool(app: App, name: string, request: ChangeRequest): Promise<Changed<'undefined'>> {
  return app.queue.run('pools', async () => {
    refuseBuiltIn(name, 'forgotten')
    const pool = getPool(app, name)
    if (!pool.isPersistent)
      throw new WeftError('wrong-state', `pool '${name}' has no definition: it goes when it is stopped`, {
        hint: `weft pool stop ${name}`,
      })
    if (pool.isActive) await refuseFull(app, name)
    const plan = await planForget(app, app.pools, definitionOf(pool), `undefine pool '${name}'`)
    const mark = app.poolMarks.find(name)
    const unmark = mark === undefined ? [] : (await planForget(app, app.poolMarks, mark, '')).steps
    const changed = await carryOut(app, request, { ...plan, steps: [...plan.steps, ...unmark] }, 'undefined')
    if (!request.dryRun) for (const store of [app.pools, app.poolMarks]) await store.refresh(name)
    return told(app, changed, poolEvent(name, 'undefined'))
  })
}

export function startPool(
  app: App,
  name: string,
  request: ChangeRequest,
): Promise<Changed<'started' | 'already-active'>> {
  return app.queue.run('pools', async () => {
    const pool = getPool(app, name)
    await refuseNoDirectory(app, pool)
    const marking = {
      title: `start pool '${name}'`,
      result: pool.isActive ? 'already-active' : 'started',
    } as const
    return markPool(app, pool.isActive ? undefined : { name, isActive: true }, marking, request)
  })
}

/** Nothing is looked for there any more, and nothing put there; machines keep the disks they have. */
export function stopPool(
  app: App,
  name: string,
  request: ChangeRequest,
): Promise<Changed<'stopped' | 'not-active'>> {
  return app.queue.run('pools', async () => {
    const pool = getPool(app, name)
    const title = `stop pool '${name}'`
    if (pool.isPersistent) {
      const result = pool.isActive ? 'stopped' : 'not-active'
      return markPool(app, pool.isActive ? { name, isActive: false } : undefined, { title, result }, request)
    }
    const mark = { name, isActive: true, transient: definitionOf(pool) }
    const plan = await planForget(app, app.poolMarks, mark, title)
    const changed = await carryOut(app, request, plan, 'stopped')
    if (!request.dryRun) await app.poolMarks.refresh(name)
    return told(app, changed, poolEvent(name, 'stopped'))
  })
}

/** Every look at a pool is a new one: nothing is to be done but to tell those who wait for that. */
export function refreshPool(app: App, name: string): void {
  app.events.emit(poolEvent(getPool(app, name).name, 'refreshed'))
}

export function autostartPool(
  app: App,
  name: string,
  autostart: boolean,
  request: ChangeRequest,
): Promise<Changed<'autostart-on' | 'autostart-off' | 'unchanged'>> {
  return app.queue.run('pools', async () => {
    const pool = getPool(app, name)
    const { isManual, ...spec } = definitionOf(pool)
    if (!pool.isPersistent)
      throw new WeftError('wrong-state', `pool '${name}' has no definition, so nobody starts it again`, {
        hint: `weft pool define ${name} --path ${spec.path}`,
      })
    const title = `${autostart ? 'have' : 'no longer have'} pool '${name}' when the host has started`
    const wanted = autostart ? spec : { ...spec, isManual: true as const }
    // What it is now it stays until then.
    const mark = { name, isActive: pool.isActive }
    if ((isManual === true) === !autostart) return carryOut(app, request, lastingPlan(title, []), 'unchanged')
    const plan = await planDefinition(app, app.pools, wanted, title)
    const { steps } = await planDefinition(app, app.poolMarks, mark, title)
    const result = autostart ? 'autostart-on' : 'autostart-off'
    const changed = await carryOut(app, request, { ...plan, steps: [...plan.steps, ...steps] }, result)
    if (!request.dryRun) for (const store of [app.pools, app.poolMarks]) await store.refresh(name)
    return changed
  })
}

/** Without a mark nothing is to be done. */
async function markPool<Result extends string>(
  app: App,
  mark: PoolMark | undefined,
  { title, result }: { readonly title: string; readonly result: Result },
  request: ChangeRequest,
): Promise<Changed<Result>> {
  const plan =
    mark === undefined ? lastingPlan(title, []) : await planDefinition(app, app.poolMarks, mark, title)
  const changed = await carryOut(app, request, plan, result)
  if (mark === undefined) return changed
  if (!request.dryRun) await app.poolMarks.refresh(mark.name)
  return told(app, changed, poolEvent(mark.name, mark.isActive ? 'started' : 'stopped'))
}

const poolEvent = (name: string, what: (WeftEvent & { kind: 'pool' })['what']): WeftEvent => ({
  kind: 'pool',
  name,
  what,
})

async function refusePool(app: App, wanted: PoolSpec): Promise<void> {
  const same = poolsOf(app).find(({ name }) => name === wanted.name)
  if (wanted.name !== 'default' || same?.path !== wanted.path) refuseBuiltIn(wanted.name, 'changed')
  refusePoolProblems(wanted, poolsOf(app))
  const file = await app.host.inspectFile(wanted.path)
  if (file !== undefined && !file.isDirectory)
    throw new WeftError('invalid-argument', `'${wanted.path}' is no directory`, {
      hint: `ls -l ${wanted.path}`,
    })
}

async function refuseNoDirectory(app: App, { name, path }: PoolSpec): Promise<void> {
  if ((await app.host.inspectFile(path)) !== undefined) return
  throw new WeftError('not-found', `cannot open directory '${path}': No such file or directory`, {
    hint: `weft pool build ${name}`,
  })
}

function refuseBuiltIn(name: string, deed: string): void {
  if (name !== 'default') return
  throw new WeftError('wrong-state', `pool 'default' is built in and cannot be ${deed}`, {
    hint: 'define another one: weft pool define NAME --path DIRECTORY',
  })
}

async function refuseFull(app: App, name: string): Promise<void> {
  const disk = (await listDisks(app)).find(({ pool }) => pool === name)
  if (disk === undefined) return
  throw new WeftError('in-use', `pool '${name}' has disks, '${disk.name}' for one`, {
    hint: `weft pool stop ${name}: then it goes, and its disks stay where they are`,
  })
}
