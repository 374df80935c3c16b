/** Machines over HTTP; their consoles are in src/http/console.ts. */
import type { JsonRoute } from '../../api/contract.ts'
import type { GuestMemoryView, VmStatsView } from '../../api/inside-views.ts'
import type { VmView } from '../../api/views.ts'
import { createVm } from '../../app/create-vm.ts'
import { defineVm, importVm } from '../../app/define-vm.ts'
import { execInVm } from '../../app/guest-agent.ts'
import { pauseVm, resetVm, resumeVm } from '../../app/pause-vm.ts'
import { autostartVm, setVmPolicy } from '../../app/set-vm-policy.ts'
import { setVm } from '../../app/set-vm.ts'
import { cloneVm } from '../../app/clone-vm.ts'
import { renameVm } from '../../app/rename-vm.ts'
import { rebootVm, stopVm, type AskRequest } from '../../app/stop-vm.ts'
import { showVms, vmCommandLine } from '../../app/vm-state.ts'
import type { VmDetail, VmSummary } from '../../app/vm-state.ts'
import { showVmWithAddresses, vmAddresses } from '../../app/vm-addresses.ts'
import { createTransientVm, runVm } from '../../app/transient-vm.ts'
import { vmDefinition } from '../../app/vm-definition.ts'
import { vmStats, type VmStats } from '../../app/vm-stats.ts'
import { waitForVm } from '../../app/wait-vm.ts'
import { hostNameOf } from '../../core/vm/cloud-init.ts'
import type { GuestMemory } from '../../core/vm/guest-memory.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import { deleteVm } from '../../app/delete-vm.ts'
import { undefineVm } from '../../app/undefine-vm.ts'
import { killVm, startVm } from '../../app/vms.ts'
import { shellJoin } from '../../core/plan/shell-quote.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'
import type { MemoryRoute } from './memory.ts'
import { hardwareView } from './hardware-view.ts'

type VmRoute = Exclude<
  Extract<JsonRoute, `${string}Vm${string}` | 'vmAddresses' | 'vmCommand' | 'vmDefinition' | 'vmStats'>,
  'screenshotVm' | 'setVmHardware' | MemoryRoute
>

export const vmHandlers = {
  listVms: async ({ app }) =>
    (await showVms(app)).map((vm) => ('nics' in vm ? detailView(vm) : summaryView(vm))),
  showVm: async ({ app, params }) => detailView(await showVmWithAddresses(app, params.name)),
  vmAddresses: async ({ app, params, query }) =>
    (await vmAddresses(app, params.name, query.source)).map((each) => ({
      ...each,
      interface: each.interface ?? null,
      guestInterface: each.guestInterface ?? null,
      prefix: each.prefix ?? null,
    })),
  vmCommand: async ({ app, params }) => {
    const argv = await vmCommandLine(app, params.name)
    return { argv, line: shellJoin(argv) }
  },
  defineVm: async ({ app, body, request }) => {
    // XML's library is loaded only when somebody needs it.
    const { readVmDefinition } = await import('../../definition/vm.ts')
    return changeView(defineVm(app, await readVmDefinition(body.text, body.source), request))
  },
  importVm: async ({ app, body, request }) => {
    const { readVmImport } = await import('../../definition/import.ts')
    return changeView(importVm(app, await readVmImport(body), request))
  },
  vmDefinition: async ({ app, params, query }) => {
    const { spec, around } = await vmDefinition(app, params.name, query.inactive === true)
    const { format = 'xml' } = query
    if (format !== 'xml') {
      const { formatMachine } = await import('../../definition/machine-yaml.ts')
      return { format, text: await formatMachine(spec, format) }
    }
    const { formatVmDefinition } = await import('../../definition/vm.ts')
    return { format, text: formatVmDefinition(spec, around) }
  },
  createVm: ({ app, body, query, request }) =>
    changeView(
      query.transient === true ? createTransientVm(app, body, request) : createVm(app, body, request),
    ),
  runVm: async ({ app, body, request }) => {
    const { readVmDefinition } = await import('../../definition/vm.ts')
    return changeView(runVm(app, await readVmDefinition(body.text, body.source), request))
  },
  setVm: ({ app, params, body, request }) => changeView(setVm(app, params.name, body, request)),
  vmStats: async ({ app, query }) => (await vmStats(app, query.vm)).flatMap(statsView),
  execInVm: async ({ app, params, body }) => {
    const { exitCode, signal, ...printed } = await execInVm(app, params.name, body)
    return { ...printed, exitCode: exitCode ?? null, signal: signal ?? null }
  },
  waitForVm: ({ app, params, query }) =>
    waitForVm(
      app,
      params.name,
      query.goal ?? 'lease',
      query.limitSeconds === undefined ? undefined : query.limitSeconds * 1000,
    ),
  startVm: ({ app, params, request }) => changeView(startVm(app, params.name, request)),
  stopVm: ({ app, params, query, request }) =>
    changeView(
      stopVm(app, params.name, {
        ...request,
        ...patience(query),
        ...(query.mode === undefined ? {} : { mode: query.mode }),
      }),
    ),
  rebootVm: ({ app, params, query, request }) =>
    changeView(rebootVm(app, params.name, { ...request, ...patience(query) })),
  setVmPolicy: ({ app, params, body, request }) => changeView(setVmPolicy(app, params.name, body, request)),
  autostartVm: ({ app, params, body: { autostart, ...how }, request }) =>
    changeView(autostartVm(app, params.name, autostart ? how : undefined, request)),
  pauseVm: ({ app, params, request }) => changeView(pauseVm(app, params.name, request)),
  resumeVm: ({ app, params, request }) => changeView(resumeVm(app, params.name, request)),
  resetVm: ({ app, params, request }) => changeView(resetVm(app, params.name, request)),
  killVm: ({ app, params, request }) => changeView(killVm(app, params.name, request)),
  cloneVm: ({ app, params, body, request }) => changeView(cloneVm(app, params.name, body, request)),
  renameVm: ({ app, params, body, request }) => changeView(renameVm(app, params.name, body.name, request)),
  undefineVm: ({ app, params, request }) => changeView(undefineVm(app, params.name, request)),
  deleteVm: ({ app, params, query, request }) =>
    changeView(
      deleteVm(app, params.name, { ...request, force: query.force ?? false, disks: query.disks ?? false }),
    ),
} as const satisfies Handlers<VmRoute>

/** Without those that ended while we looked. */
function statsView({ spec, pid, at, usage, disks, nics, memory }: VmStats): VmStatsView[] {
  if (usage === undefined) return []
  const { name, cpus, memoryMiB } = spec
  const carried = nics.map((nic) => ({ interface: nic.interface, ...nic.traffic }))
  const guestMemory = memory === undefined ? null : memoryView(memory)
  return [{ name, pid, at: at.toISOString(), cpus, memoryMiB, ...usage, disks, nics: carried, guestMemory }]
}

const memoryView = (memory: GuestMemory): GuestMemoryView => ({
  at: new Date(memory.at * 1000).toISOString(),
  total: memory.total ?? null,
  available: memory.available ?? null,
  free: memory.free ?? null,
  caches: memory.caches ?? null,
  swappedIn: memory.swappedIn ?? null,
  swappedOut: memory.swappedOut ?? null,
})

interface PatienceQuery {
  readonly timeoutSeconds?: number
  readonly force?: boolean
}

function patience({ timeoutSeconds, force }: PatienceQuery): Pick<AskRequest, 'limitMs' | 'force'> {
  const limit = timeoutSeconds === undefined ? {} : { limitMs: timeoutSeconds * 1000 }
  return { ...limit, force: force ?? false }
}

function summaryView({ spec, state, because, pid }: VmSummary): VmView {
  return {
    name: spec.name,
    uuid: spec.uuid,
    state,
    stateBecause: because ?? null,
    isAutostarted: spec.autostart !== undefined,
    isTransient: spec.isTransient === true,
    cpus: spec.cpus,
    memoryMiB: spec.memoryMiB,
    accelerator: null,
    acceleratorBecause: null,
    pid: pid ?? null,
    disks: spec.disks.map((disk) => disk.path),
    cdroms: spec.cdroms.map((cdrom) => cdrom.path ?? ''),
    cloudInit: cloudInitView(spec),
    hardware: hardwareView(spec),
    nics: spec.nics.map(({ network, mac }) => ({ network, mac, interface: null, ip: null, ipSource: null })),
  }
}

/** Without the user-data, which may hold secrets. */
function cloudInitView(spec: VmSpec): VmView['cloudInit'] {
  if (spec.cloudInit === undefined) return null
  const { user, sshKeys, userData } = spec.cloudInit
  return { user, hostName: hostNameOf(spec), sshKeys, hasUserData: userData !== undefined }
}

function detailView(detail: VmDetail): VmView {
  const { kind, because } = detail.acceleration
  return {
    ...summaryView({ ...detail, spec: detail.live?.spec ?? detail.spec }),
    cloudInit: cloudInitView(detail.spec),
    isTransient: detail.spec.isTransient === true,
    accelerator: kind,
    acceleratorBecause: because,
    nics: detail.nics.map((nic) => ({
      network: nic.network,
      mac: nic.mac,
      interface: nic.interface ?? null,
      ip: nic.ip ?? null,
      ipSource: nic.ipSource ?? null,
    })),
  }
}
