/** Which pools there are, and what lies in them. */
import { listDisks, poolsOf } from '../../app/disk-images.ts'
import { refreshPool } from '../../app/pools.ts'
import type { StandingPool } from '../../core/storage/pool.ts'
import type { CallName } from '../wire/procedures.ts'
import { POOL_TYPES } from '../xml/pool.ts'
import { fail } from './failures.ts'
import { select, type FilterGroup } from './filters.ts'
import { activePoolOf, diskOf, disksOf, fileOf, poolHandle, poolOf, volumeHandle } from './find-storage.ts'
import type { Handlers } from './handler.ts'
import { poolCapabilitiesXml, poolUuid, poolXml, volumeXml } from './storage-xml.ts'

const INACTIVE = 0
const RUNNING = 2
const VOLUME_IS_FILE = 0
const INACTIVE_XML = 1
/** The first of virConnectListAllStoragePoolsFlags that stands for a type. */
const DIRECTORY_BIT = 64

/** virConnectListAllStoragePoolsFlags. */
const KINDS: readonly FilterGroup<StandingPool>[] = [
  { 1: ({ isActive }) => !isActive, 2: ({ isActive }) => isActive },
  { 4: ({ isPersistent }) => isPersistent, 8: ({ isPersistent }) => !isPersistent },
  { 16: isAutostarted, 32: (pool) => !isAutostarted(pool) },
  // All of them are directories.
  Object.fromEntries(POOL_TYPES.map((type, at) => [DIRECTORY_BIT << at, () => type === 'dir'])),
]

export const POOL_HANDLERS = {
  CONNECT_LIST_ALL_STORAGE_POOLS: ({ app }, { need_results, flags }) => {
    const found = select(poolsOf(app), flags, KINDS).map(poolHandle)
    return { pools: need_results === 0 ? [] : found, ret: found.length }
  },
  CONNECT_NUM_OF_STORAGE_POOLS: ({ app }) => ({
    num: poolsOf(app).filter(({ isActive }) => isActive).length,
  }),
  CONNECT_LIST_STORAGE_POOLS: ({ app }, { maxnames }) => ({
    names: poolsOf(app)
      .filter(({ isActive }) => isActive)
      .map(({ name }) => name)
      .slice(0, maxnames),
  }),
  CONNECT_NUM_OF_DEFINED_STORAGE_POOLS: ({ app }) => ({
    num: poolsOf(app).filter(({ isActive }) => !isActive).length,
  }),
  CONNECT_LIST_DEFINED_STORAGE_POOLS: ({ app }, { maxnames }) => ({
    names: poolsOf(app)
      .filter(({ isActive }) => !isActive)
      .map(({ name }) => name)
      .slice(0, maxnames),
  }),
  CONNECT_GET_STORAGE_POOL_CAPABILITIES: () => ({ capabilities: poolCapabilitiesXml() }),

  STORAGE_POOL_LOOKUP_BY_NAME: ({ app }, { name }) => {
    const pool = poolsOf(app).find((each) => each.name === name)
    if (pool === undefined) throw fail('noPool', 'storage', `no storage pool with matching name '${name}'`)
    return { pool: poolHandle(pool) }
  },
  STORAGE_POOL_LOOKUP_BY_UUID: ({ app }, { uuid }) => {
    const pool = poolsOf(app).find((each) => poolUuid(each) === uuid)
    if (pool === undefined) throw fail('noPool', 'storage', `no storage pool with matching uuid '${uuid}'`)
    return { pool: poolHandle(pool) }
  },
  STORAGE_POOL_LOOKUP_BY_TARGET_PATH: ({ app }, { path }) => {
    const wanted = path.replace(/(?<=.)\/+$/, '')
    const pool = poolsOf(app).find((each) => each.isActive && each.path === wanted)
    if (pool === undefined)
      throw fail('noPool', 'storage', `no storage pool with matching target path '${path}'`)
    return { pool: poolHandle(pool) }
  },
  STORAGE_POOL_LOOKUP_BY_VOLUME: ({ app }, { vol }) => {
    const pool = poolsOf(app).find((each) => each.name === vol.pool)
    if (pool === undefined)
      throw fail('noPool', 'storage', `no storage pool with matching name '${vol.pool}'`)
    return { pool: poolHandle(pool) }
  },
  STORAGE_POOL_IS_ACTIVE: (context, { pool }) => ({ active: Number(poolOf(context, pool).isActive) }),
  STORAGE_POOL_IS_PERSISTENT: (context, { pool }) => ({
    persistent: Number(poolOf(context, pool).isPersistent),
  }),
  STORAGE_POOL_GET_AUTOSTART: (context, { pool }) => ({
    autostart: Number(isAutostarted(poolOf(context, pool))),
  }),
  STORAGE_POOL_GET_INFO: async (context, { pool }) => {
    const spec = poolOf(context, pool)
    if (!spec.isActive) return { state: INACTIVE, capacity: 0n, allocation: 0n, available: 0n }
    const { total, free } = context.node.roomAt(spec.path)
    const used = (await disksOf(context.app, spec)).reduce((sum, disk) => sum + disk.used, 0)
    return {
      state: RUNNING,
      capacity: BigInt(total),
      allocation: BigInt(Math.max(used, total - free)),
      available: BigInt(free),
    }
  },
  STORAGE_POOL_GET_XML_DESC: (context, { pool, flags }) => {
    const spec = poolOf(context, pool)
    const isLive = spec.isActive && (flags & INACTIVE_XML) === 0
    const { roomAt, ownerOf } = context.node
    return { xml: poolXml(spec, isLive ? { ...roomAt(spec.path), owner: ownerOf(spec.path) } : undefined) }
  },
  STORAGE_POOL_REFRESH: (context, { pool }) => {
    refreshPool(context.app, activePoolOf(context, pool).name)
    return {}
  },
  STORAGE_POOL_NUM_OF_VOLUMES: async (context, { pool }) => ({
    num: (await disksOf(context.app, activePoolOf(context, pool))).length,
  }),
  STORAGE_POOL_LIST_VOLUMES: async (context, { pool, maxnames }) => ({
    names: (await disksOf(context.app, activePoolOf(context, pool))).map(fileOf).slice(0, maxnames),
  }),
  STORAGE_POOL_LIST_ALL_VOLUMES: async (context, { pool, need_results }) => {
    const found = (await disksOf(context.app, activePoolOf(context, pool))).map(volumeHandle)
    return { vols: need_results === 0 ? [] : found, ret: found.length }
  },

  STORAGE_VOL_LOOKUP_BY_NAME: async (context, { pool, name }) => {
    const { name: poolName } = activePoolOf(context, pool)
    return { vol: volumeHandle(await diskOf(context, { pool: poolName, name, key: '' })) }
  },
  STORAGE_VOL_LOOKUP_BY_KEY: async ({ app }, { key }) => {
    const disk = (await listDisks(app)).find(({ path }) => path === key)
    if (disk === undefined) throw fail('noVolume', 'storage', `no storage vol with matching key ${key}`)
    return { vol: volumeHandle(disk) }
  },
  STORAGE_VOL_LOOKUP_BY_PATH: async ({ app }, { path }) => {
    const disk = (await listDisks(app)).find((each) => each.path === path)
    if (disk === undefined) throw fail('noVolume', 'storage', `no storage vol with matching path '${path}'`)
    return { vol: volumeHandle(disk) }
  },
  STORAGE_VOL_GET_INFO: async (context, { vol }) => {
    const { size, used } = await diskOf(context, vol)
    return { type: VOLUME_IS_FILE, capacity: BigInt(size), allocation: BigInt(used) }
  },
  STORAGE_VOL_GET_PATH: async (context, { vol }) => ({ name: (await diskOf(context, vol)).path }),
  STORAGE_VOL_GET_XML_DESC: async (context, { vol }) => {
    const disk = await diskOf(context, vol)
    return { xml: volumeXml(disk, context.node.ownerOf(disk.path)) }
  },
} as const satisfies Partial<Handlers<Extract<CallName, `${string}STORAGE_${string}`>>>

function isAutostarted({ isPersistent, isManual }: { isPersistent: boolean; isManual?: true }): boolean {
  return isPersistent && isManual !== true
}
