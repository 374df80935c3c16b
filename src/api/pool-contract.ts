/** Routes of pools: the places where disks lie. */
import { REQUESTS } from './request-shapes.ts'
import { change, look, name } from './route-kinds.ts'
import { array } from './shape.ts'
import { VIEWS } from './view-shapes.ts'

export const POOL_ROUTES = {
  listPools: look('Where disks lie', {}, array(VIEWS.pool)),
  definePool: change('Let disks lie in a directory', {}, REQUESTS.definePool),
  undefinePool: change('Forget a pool that is stopped or has no disks', { name }, undefined),
  startPool: change('Have a pool that was stopped', { name }, undefined),
  stopPool: change('Have a pool no longer; its disks stay where they are', { name }, undefined),
  autostartPool: change('Have a pool when the host has started, or not', { name }, REQUESTS.autostart),
  buildPool: change('Make the directory of a pool', { name }, undefined),
  deletePoolDirectory: change('Remove the empty directory of a pool that is stopped', { name }, undefined),
} as const
