/** Pools and volumes by what clients hold of them. */
import { findDisk, listDisks, poolsOf, type DiskState } from '../../app/disk-images.ts'
import type { App } from '../../app/ports.ts'
import type { StandingPool } from '../../core/storage/pool.ts'
import type { PoolHandle, VolumeHandle } from '../wire/types.ts'
import { fail } from './failures.ts'
import type { Context } from './handler.ts'
import { poolUuid } from './storage-xml.ts'

export const poolHandle = (pool: StandingPool): PoolHandle => ({ name: pool.name, uuid: poolUuid(pool) })

export function poolOf({ app }: Context, { name, uuid }: PoolHandle): StandingPool {
  const pool = poolsOf(app).find((each) => poolUuid(each) === uuid)
  if (pool === undefined)
    throw fail('noPool', 'storage', `no storage pool with matching uuid '${uuid}' (${name})`)
  return pool
}

/** One that is looked into. */
export function activePoolOf(context: Context, pool: PoolHandle): StandingPool {
  return refuseInactive(poolOf(context, pool))
}

export function refuseInactive(pool: StandingPool): StandingPool {
  if (!pool.isActive) throw fail('invalid', 'storage', `storage pool '${pool.name}' is not active`)
  return pool
}

/** libvirt calls a volume by its file. */
export const fileOf = ({ path }: Pick<DiskState, 'path'>): string => path.slice(path.lastIndexOf('/') + 1)

export const volumeHandle = (disk: DiskState): VolumeHandle => ({
  pool: disk.pool,
  name: fileOf(disk),
  key: disk.path,
})

export async function disksOf(app: App, { name }: StandingPool): Promise<DiskState[]> {
  return (await listDisks(app)).filter(({ pool }) => pool === name)
}

export async function diskOf({ app }: Context, { pool, name }: VolumeHandle): Promise<DiskState> {
  const spec = poolsOf(app).find((each) => each.name === pool)
  if (spec === undefined) throw fail('noPool', 'storage', `no storage pool with matching name '${pool}'`)
  refuseInactive(spec)
  const disk = (await disksOf(app, spec)).find((each) => fileOf(each) === name)
  if (disk === undefined) throw fail('noVolume', 'storage', `no storage vol with matching name '${name}'`)
  return disk
}

/** What use cases call it: its name, or its path where another disk is called so. */
export async function diskWord(app: App, { name, path }: DiskState): Promise<string> {
  return (await findDisk(app, name))?.path === path ? name : path
}
