/** Pools: where disks may lie besides the built-in directory. */
import { WeftError } from '../core/errors.ts'
import { refusePoolProblems, type PoolSpec } from '../core/storage/pool.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { planDefinition, planForget } from './definitions.ts'
import { getPool, listDisks, poolsOf } from './disk-images.ts'
import type { App } from './ports.ts'

export interface PoolState extends PoolSpec {
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

export function definePool(
  app: App,
  wanted: PoolSpec,
  request: ChangeRequest,
): Promise<Changed<'defined' | 'already-defined'>> {
  return app.queue.run('pools', async () => {
    refuseBuiltIn(wanted.name, 'changed')
    refusePoolProblems(wanted, poolsOf(app))
    const file = await app.host.inspectFile(wanted.path)
    if (file !== undefined && !file.isDirectory)
      throw new WeftError('invalid-argument', `'${wanted.path}' is no directory`, {
        hint: `ls -l ${wanted.path}`,
      })
    const moved = app.pools.find(wanted.name)?.path ?? wanted.path
    if (moved !== wanted.path) await refuseFull(app, wanted.name)
    const plan = await planDefinition(app, app.pools, wanted, `define pool '${wanted.name}'`)
    const changed = await carryOut(
      app,
      request,
      plan,
      plan.steps.length === 0 ? 'already-defined' : 'defined',
    )
    if (!request.dryRun) await app.pools.refresh(wanted.name)
    return changed
  })
}

/** The directory stays, and whatever is in it. */
export function undefinePool(app: App, name: string, request: ChangeRequest): Promise<Changed<'undefined'>> {
  return app.queue.run('pools', async () => {
    refuseBuiltIn(name, 'forgotten')
    const pool = getPool(app, name)
    await refuseFull(app, name)
    const plan = await planForget(app, app.pools, pool, `undefine pool '${name}'`)
    const changed = await carryOut(app, request, plan, 'undefined')
    if (!request.dryRun) await app.pools.refresh(name)
    return changed
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
    hint: `weft disk clone ${disk.name} NEW --pool default; weft disk delete ${disk.name}`,
  })
}
