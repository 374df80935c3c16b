/** The directory of a pool, made before anything lies in it, and removed when nothing does. */
import { WeftError } from '../core/errors.ts'
import { planPoolBuild, planPoolDelete } from '../core/storage/plan-pool.ts'
import type { PoolSpec } from '../core/storage/pool.ts'
import { carryOut, type Changed, type ChangeRequest, told } from './change.ts'
import { getPool } from './disk-images.ts'
import type { App } from './ports.ts'

/** `pool`: the name of one that is there, or one that is to be. */
export function buildPool(
  app: App,
  pool: string | PoolSpec,
  request: ChangeRequest,
): Promise<Changed<'built'>> {
  return app.queue.run('pools', async () => {
    const spec = typeof pool === 'string' ? getPool(app, pool) : pool
    const changed = await carryOut(app, request, planPoolBuild(spec), 'built')
    // One that is to be is not there yet for anybody to hear of.
    return typeof pool === 'string'
      ? told(app, changed, { kind: 'pool', name: pool, what: 'built' })
      : changed
  })
}

/** Throws wrong-state for one that is active, in-use where files are left in it. */
export function deletePoolDirectory(
  app: App,
  name: string,
  request: ChangeRequest,
): Promise<Changed<'deleted'>> {
  return app.queue.run('pools', async () => {
    const pool = getPool(app, name)
    if (pool.isActive)
      throw new WeftError('wrong-state', `pool '${name}' is active`, { hint: `weft pool stop ${name}` })
    const [left] = await app.images.list(pool.path)
    if (left !== undefined)
      throw new WeftError('in-use', `failed to remove pool '${pool.path}': Directory not empty`, {
        hint: `ls ${pool.path}`,
      })
    const changed = await carryOut(app, request, planPoolDelete(pool), 'deleted')
    return told(app, changed, { kind: 'pool', name, what: 'deleted' })
  })
}
