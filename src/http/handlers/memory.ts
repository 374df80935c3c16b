/** Answers to the routes that put a machine's memory into a file, or bring it back. */
import { dumpVm } from '../../app/dump-vm.ts'
import { restoreVmFrom, saveVmTo } from '../../app/save-file.ts'
import { discardVm, saveVm } from '../../app/save-vm.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'

export type MemoryRoute = 'saveVm' | 'discardVm' | 'saveVmTo' | 'restoreVm' | 'dumpVm'

export const memoryHandlers = {
  saveVm: ({ app, params, request }) => changeView(saveVm(app, params.name, request)),
  discardVm: ({ app, params, request }) => changeView(discardVm(app, params.name, request)),
  saveVmTo: ({ app, params, body: { to, ...how }, request }) =>
    changeView(saveVmTo(app, params.name, to, how, request)),
  restoreVm: ({ app, body: { from, ...how }, request }) => changeView(restoreVmFrom(app, from, how, request)),
  dumpVm: ({ app, params, body: { to, format = 'elf' }, request }) =>
    changeView(dumpVm(app, params.name, to, { ...request, format })),
} as const satisfies Handlers<MemoryRoute>
