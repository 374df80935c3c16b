/** The life of pools: the use cases, in libvirt's words. */
import { poolsOf } from '../../app/disk-images.ts'
import { buildPool, deletePoolDirectory } from '../../app/pool-directory.ts'
import { autostartPool, createPool, definePool, startPool, stopPool, undefinePool } from '../../app/pools.ts'
import { WeftError } from '../../core/errors.ts'
import type { PoolSpec } from '../../core/storage/pool.ts'
import type { CallName } from '../wire/procedures.ts'
import { POOL_TYPES, readPoolXml } from '../xml/pool.ts'
import { fail } from './failures.ts'
import { activePoolOf, poolHandle, poolOf } from './find-storage.ts'
import type { Context, Handlers } from './handler.ts'
import { poolUuid } from './storage-xml.ts'

/** virStoragePoolCreateFlags. */
const WITH_BUILD = 1

/** Where virt-install lays the kernels of installers, taking for granted that libvirt's package has made it. */
const INSTALLERS = '/var/lib/libvirt/boot'

const isThere = async ({ app }: Context, path: string): Promise<boolean> =>
  (await app.host.inspectFile(path)) !== undefined

export const POOL_LIFE_HANDLERS = {
  STORAGE_POOL_DEFINE_XML: async (context, { xml }) => {
    const spec = await readPool(context, xml, false)
    const isNew = context.app.pools.find(spec.name) === undefined
    await definePool(context.app, isNew ? { ...spec, isManual: true } : spec, context.change)
    return { pool: handleByName(context, spec.name) }
  },
  STORAGE_POOL_CREATE_XML: async (context, { xml, flags }) => {
    const { app, change } = context
    const spec = await readPool(context, xml, true)
    if (poolsOf(app).some(({ name }) => name === spec.name)) {
      await definePool(app, spec, change)
      await start(context, spec, flags)
    } else {
      await makeDirectory(context, spec, flags)
      await asSystemError(() => createPool(app, spec, change))
    }
    return { pool: handleByName(context, spec.name) }
  },
  STORAGE_POOL_CREATE: async (context, { pool, flags }) => {
    const spec = poolOf(context, pool)
    if (spec.isActive) throw fail('invalid', 'storage', `storage pool '${spec.name}' is already active`)
    if (spec.path === INSTALLERS && !(await isThere(context, spec.path)))
      await buildPool(context.app, spec.name, context.change)
    await start(context, spec, flags)
    return {}
  },
  STORAGE_POOL_BUILD: async (context, { pool }) => {
    const spec = poolOf(context, pool)
    if (spec.isActive) throw fail('invalid', 'storage', `storage pool '${spec.name}' is already active`)
    await buildPool(context.app, spec.name, context.change)
    return {}
  },
  STORAGE_POOL_DESTROY: async (context, { pool }) => {
    await stopPool(context.app, activePoolOf(context, pool).name, context.change)
    return {}
  },
  STORAGE_POOL_DELETE: async (context, { pool }) => {
    const { name } = refuseActive(poolOf(context, pool))
    await asSystemError(() => deletePoolDirectory(context.app, name, context.change))
    return {}
  },
  STORAGE_POOL_UNDEFINE: async (context, { pool }) => {
    const { name } = refuseActive(poolOf(context, pool))
    await undefinePool(context.app, name, context.change)
    return {}
  },
  STORAGE_POOL_SET_AUTOSTART: async (context, { pool, autostart }) => {
    const { name, isPersistent } = poolOf(context, pool)
    if (!isPersistent) throw fail('internal', 'storage', 'pool has no config file')
    await autostartPool(context.app, name, autostart !== 0, context.change)
    return {}
  },
  CONNECT_FIND_STORAGE_POOL_SOURCES: (_context, { type }) => {
    const number = (POOL_TYPES as readonly string[]).indexOf(type)
    if (number < 0) throw fail('internal', 'storage', `unknown storage pool type ${type}`)
    if (number > 0) throw missingBackend(type)
    throw fail('noSupport', 'storage', `pool type '${type}' does not support source discovery`)
  },
} as const satisfies Partial<Handlers<Extract<CallName, `${string}STORAGE_${string}`>>>

async function readPool({ app }: Context, xml: string, toStart: boolean): Promise<PoolSpec> {
  const text = await readPoolXml(xml)
  if ('wrong' in text) throw fail('xml', 'storage', text.wrong)
  const { type, name, uuid, path } = text
  if (type !== 'dir' || path === undefined) throw missingBackend(type)
  const spec = { name, kind: 'directory', path, ...(uuid === undefined ? {} : { uuid }) } as const
  refuseDuplicate(app, spec, toStart)
  return spec
}

function missingBackend(type: string): Error {
  const number = (POOL_TYPES as readonly string[]).indexOf(type)
  return fail('internal', 'storage', `missing backend for pool type ${String(number)} (${type})`)
}

/** Names and UUIDs belong together. A text without a UUID is of a pool that has none yet. */
function refuseDuplicate(app: Context['app'], wanted: PoolSpec, toStart: boolean): void {
  const pools = poolsOf(app)
  const there = pools.find(({ name, path }) => path === wanted.path && name !== wanted.name)
  if (there !== undefined)
    throw fail('failed', 'storage', `Storage source conflict with pool: '${there.name}'`)
  const same = pools.find((pool) => poolUuid(pool) === wanted.uuid)
  if (same !== undefined && same.name !== wanted.name)
    throw fail('failed', 'storage', `pool '${same.name}' is already defined with uuid ${poolUuid(same)}`)
  if (same?.isActive === true && toStart)
    throw fail('invalid', 'storage', `pool is already active as '${same.name}'`)
  const named = pools.find(({ name }) => name === wanted.name)
  if (named !== undefined && same === undefined)
    throw fail('failed', 'storage', `pool '${named.name}' already exists with uuid ${poolUuid(named)}`)
}

async function start(context: Context, spec: PoolSpec, flags: number): Promise<void> {
  await makeDirectory(context, spec, flags)
  await asSystemError(() => startPool(context.app, spec.name, context.change))
}

/** One that is to be started may have none yet. */
async function makeDirectory({ app, change }: Context, spec: PoolSpec, flags: number): Promise<void> {
  if ((flags & WITH_BUILD) !== 0) await buildPool(app, spec, change)
}

/** What the kernel says of a directory is told as it is. */
async function asSystemError(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const isOfDirectory =
      error instanceof WeftError && (error.code === 'not-found' || error.code === 'in-use')
    throw isOfDirectory ? fail('system', 'storage', error.message) : error
  }
}

function refuseActive<P extends { name: string; isActive: boolean }>(pool: P): P {
  if (pool.isActive) throw fail('invalid', 'storage', `storage pool '${pool.name}' is still active`)
  return pool
}

function handleByName({ app }: Context, name: string): ReturnType<typeof poolHandle> {
  const pool = poolsOf(app).find((each) => each.name === name)
  if (pool === undefined) throw fail('internal', 'storage', `pool '${name}' has gone again`)
  return poolHandle(pool)
}
