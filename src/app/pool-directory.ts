/** The directory of a pool, made before anything lies in it, and removed when nothing does. */
import { WeftError } from '../core/errors.ts'
import { planPoolBuild, planPoolDelete } from '../core/storage/plan-pool.ts'
import type { PoolSpec } from '../core/storage/pool.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { getPool } from './disk-images.ts'
import type { App } from './ports.ts'

/** `pool`: the name of one that is there, or one that is to be. */
export function buildPool(
  app: App,
  pool: string | PoolSpec,
  request: ChangeRequest,
): Promise<Changed<'built'>> {
  return app.queue.run('pools', () => {
    const spec = typeof pool === 'string' ? getPool(app, pool) : pool
    return carryOut(app, request, planPoolBuild(spec), 'built')
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
    return carryOut(app, request, planPoolDelete(pool), 'deleted')
  })
}
