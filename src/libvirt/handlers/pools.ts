/** Pools and the volumes in them: directories of disks, which are always there. */
import { listDisks, poolsOf, type DiskState } from '../../app/disk-images.ts'
import { deleteDisk } from '../../app/disks.ts'
import type { App } from '../../app/ports.ts'
import type { PoolSpec } from '../../core/storage/pool.ts'
import type { CallName } from '../wire/procedures.ts'
import type { PoolHandle, VolumeHandle } from '../wire/types.ts'
import { fail } from './failures.ts'
import { select } from './filters.ts'
import type { Context, Handlers } from './handler.ts'
import { poolUuid, poolXml, volumeXml } from './storage-xml.ts'

const RUNNING = 2
const VOLUME_IS_FILE = 0

export const POOL_HANDLERS = {
  CONNECT_LIST_ALL_STORAGE_POOLS: ({ app }, { need_results, flags }) => {
    const found = select(poolsOf(app), flags, [
      { 1: never, 2: always },
      { 4: always, 8: never },
      { 16: always, 32: never },
      { 64: always },
    ]).map(handleOf)
    return { pools: need_results === 0 ? [] : found, ret: found.length }
  },
  CONNECT_NUM_OF_STORAGE_POOLS: ({ app }) => ({ num: poolsOf(app).length }),
  CONNECT_LIST_STORAGE_POOLS: ({ app }, { maxnames }) => ({
    names: poolsOf(app)
      .map(({ name }) => name)
      .slice(0, maxnames),
  }),
  CONNECT_NUM_OF_DEFINED_STORAGE_POOLS: () => ({ num: 0 }),
  CONNECT_LIST_DEFINED_STORAGE_POOLS: () => ({ names: [] }),

  STORAGE_POOL_LOOKUP_BY_NAME: ({ app }, { name }) => {
    const pool = poolsOf(app).find((each) => each.name === name)
    if (pool === undefined) throw fail('noPool', 'storage', `no storage pool with matching name '${name}'`)
    return { pool: handleOf(pool) }
  },
  STORAGE_POOL_LOOKUP_BY_UUID: ({ app }, { uuid }) => {
    const pool = poolsOf(app).find((each) => poolUuid(each) === uuid)
    if (pool === undefined) throw fail('noPool', 'storage', `no storage pool with matching uuid '${uuid}'`)
    return { pool: handleOf(pool) }
  },
  STORAGE_POOL_LOOKUP_BY_VOLUME: ({ app }, { vol }) => {
    const pool = poolsOf(app).find((each) => each.name === vol.pool)
    if (pool === undefined)
      throw fail('noPool', 'storage', `no storage pool with matching name '${vol.pool}'`)
    return { pool: handleOf(pool) }
  },
  // A directory is always there, also after the next boot.
  STORAGE_POOL_IS_ACTIVE: (context, { pool }) => {
    poolOf(context, pool)
    return { active: 1 }
  },
  STORAGE_POOL_IS_PERSISTENT: (context, { pool }) => {
    poolOf(context, pool)
    return { persistent: 1 }
  },
  STORAGE_POOL_GET_AUTOSTART: (context, { pool }) => {
    poolOf(context, pool)
    return { autostart: 1 }
  },
  STORAGE_POOL_GET_INFO: async (context, { pool }) => {
    const spec = poolOf(context, pool)
    const { total, free } = context.node.roomAt(spec.path)
    const used = (await disksOf(context.app, spec)).reduce((sum, disk) => sum + disk.used, 0)
    return {
      state: RUNNING,
      capacity: BigInt(total),
      allocation: BigInt(Math.max(used, total - free)),
      available: BigInt(free),
    }
  },
  STORAGE_POOL_GET_XML_DESC: (context, { pool }) => {
    const spec = poolOf(context, pool)
    return { xml: poolXml(spec, context.node.roomAt(spec.path)) }
  },
  // There is nothing to refresh: every look is a new one.
  STORAGE_POOL_REFRESH: (context, { pool }) => {
    poolOf(context, pool)
    return {}
  },
  STORAGE_POOL_NUM_OF_VOLUMES: async (context, { pool }) => ({
    num: (await disksOf(context.app, poolOf(context, pool))).length,
  }),
  STORAGE_POOL_LIST_VOLUMES: async (context, { pool, maxnames }) => ({
    names: (await disksOf(context.app, poolOf(context, pool))).map(fileOf).slice(0, maxnames),
  }),
  STORAGE_POOL_LIST_ALL_VOLUMES: async (context, { pool, need_results }) => {
    const found = (await disksOf(context.app, poolOf(context, pool))).map(volumeOf)
    return { vols: need_results === 0 ? [] : found, ret: found.length }
  },

  STORAGE_VOL_LOOKUP_BY_NAME: async (context, { pool, name }) => {
    const disk = (await disksOf(context.app, poolOf(context, pool))).find((each) => fileOf(each) === name)
    if (disk === undefined) throw fail('noVolume', 'storage', `no storage vol with matching name '${name}'`)
    return { vol: volumeOf(disk) }
  },
  STORAGE_VOL_LOOKUP_BY_KEY: async ({ app }, { key }) => {
    const disk = (await listDisks(app)).find(({ path }) => path === key)
    if (disk === undefined) throw fail('noVolume', 'storage', `no storage vol with matching key ${key}`)
    return { vol: volumeOf(disk) }
  },
  STORAGE_VOL_LOOKUP_BY_PATH: async ({ app }, { path }) => {
    const disk = (await listDisks(app)).find((each) => each.path === path)
    if (disk === undefined) throw fail('noVolume', 'storage', `no storage vol with matching path '${path}'`)
    return { vol: volumeOf(disk) }
  },
  STORAGE_VOL_GET_INFO: async (context, { vol }) => {
    const { size, used } = await diskOf(context, vol)
    return { type: VOLUME_IS_FILE, capacity: BigInt(size), allocation: BigInt(used) }
  },
  STORAGE_VOL_GET_PATH: async (context, { vol }) => ({ name: (await diskOf(context, vol)).path }),
  STORAGE_VOL_GET_XML_DESC: async (context, { vol }) => ({
    xml: volumeXml(await diskOf(context, vol)),
  }),
  STORAGE_VOL_DELETE: async (context, { vol }) => {
    await deleteDisk(context.app, (await diskOf(context, vol)).name, context.change)
    return {}
  },
} as const satisfies Partial<Handlers<Extract<CallName, `${string}STORAGE_${string}`>>>

function always(): boolean {
  return true
}

function never(): boolean {
  return false
}

const handleOf = (pool: PoolSpec): PoolHandle => ({ name: pool.name, uuid: poolUuid(pool) })

/** libvirt calls a volume by its file. */
const fileOf = ({ path }: Pick<DiskState, 'path'>): string => path.slice(path.lastIndexOf('/') + 1)

const volumeOf = (disk: DiskState): VolumeHandle => ({
  pool: disk.pool,
  name: fileOf(disk),
  key: disk.path,
})

function poolOf({ app }: Context, { name, uuid }: PoolHandle): PoolSpec {
  const pool = poolsOf(app).find((each) => poolUuid(each) === uuid)
  if (pool === undefined)
    throw fail('noPool', 'storage', `no storage pool with matching uuid '${uuid}' (${name})`)
  return pool
}

async function disksOf(app: App, { name }: PoolSpec): Promise<DiskState[]> {
  return (await listDisks(app)).filter(({ pool }) => pool === name)
}

async function diskOf({ app }: Context, { pool, name, key }: VolumeHandle): Promise<DiskState> {
  const disk = (await listDisks(app)).find((each) => each.pool === pool && fileOf(each) === name)
  if (disk === undefined)
    throw fail('noVolume', 'storage', `no storage vol with matching name '${name}' (${key})`)
  return disk
}
