/** Disks over HTTP. */
import type { JsonRoute } from '../../api/contract.ts'
import type { DiskView } from '../../api/views.ts'
import { createDisk, deleteDisk, getDisk, listDisks, resizeDisk } from '../../app/disks.ts'
import type { DiskState } from '../../app/disks.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'

type DiskRoute = Extract<JsonRoute, `${string}Disk${string}`>

export const diskHandlers = {
  listDisks: async ({ app }) => (await listDisks(app)).map(diskView),
  showDisk: async ({ app, params }) => diskView(await getDisk(app, params.name)),
  createDisk: async ({ app, body, request }) => {
    // A name is a disk of the pool.
    const { backing } = body
    const isName = backing !== undefined && !backing.startsWith('/')
    const draft = isName ? { ...body, backing: (await getDisk(app, backing)).path } : body
    return changeView(createDisk(app, draft, request))
  },
  resizeDisk: ({ app, params, body, request }) => changeView(resizeDisk(app, params.name, body, request)),
  deleteDisk: ({ app, params, request }) => changeView(deleteDisk(app, params.name, request)),
} as const satisfies Handlers<DiskRoute>

function diskView({ backing, ...disk }: DiskState): DiskView {
  return { ...disk, backing: backing ?? null }
}
