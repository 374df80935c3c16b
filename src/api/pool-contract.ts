/** Routes of pools: the places where disks lie. */
import { REQUESTS } from './request-shapes.ts'
import { array, boolean, string, type Schema } from './shape.ts'
import { VIEWS } from './view-shapes.ts'

const name = string({ description: 'a name', minLength: 1, maxLength: 255 })
const query = { dryRun: boolean('only plan: nothing is changed, `script` is what would run') }

/** Each answers with the change. */
const change = <const Params extends { readonly name?: typeof name }, const Body extends Schema | undefined>(
  summary: string,
  params: Params,
  body: Body,
) => ({ summary, params, query, body, reply: VIEWS.change, changes: true }) as const

export const POOL_ROUTES = {
  listPools: {
    ...{ summary: 'Where disks lie', params: {}, query: {}, body: undefined },
    ...{ reply: array(VIEWS.pool), changes: false },
  },
  definePool: change('Let disks lie in a directory', {}, REQUESTS.definePool),
  undefinePool: change('Forget a pool that is stopped or has no disks', { name }, undefined),
  startPool: change('Have a pool that was stopped', { name }, undefined),
  stopPool: change('Have a pool no longer; its disks stay where they are', { name }, undefined),
  autostartPool: change('Have a pool when the host has started, or not', { name }, REQUESTS.autostart),
  buildPool: change('Make the directory of a pool', { name }, undefined),
  deletePoolDirectory: change('Remove the empty directory of a pool that is stopped', { name }, undefined),
} as const
