/** The life of weftd: lock, build, recover, listen, look after things; and stop, leaving networks and guests as they are. */
import { readdirSync } from 'node:fs'
import type { App } from '../app/ports.ts'
import { repairNetworks } from '../app/repair.ts'
import { recover } from '../app/recover.ts'
import { EVERYTHING, NOTHING, type Touched } from '../app/touched.ts'
import { pathsUnder } from '../core/host/paths.ts'
import { guardDirectory } from '../core/host/uplink/guard-files.ts'
import { createApiServer } from '../http/server.ts'
import { buildApp } from './build-app.ts'
import { tellDaemonHooks, tellOfRunning } from './hooks.ts'
import { autostart, defineBuiltIn, makeDirectories } from './first-steps.ts'
import { openLibvirtDoor } from './libvirt-door.ts'
import { openDoors } from './listen.ts'
import { lockRoot } from './lock.ts'
import { notifyReady } from './notify.ts'
import { reloadUpstreams } from './reload-upstreams.ts'
import { restAfterWork } from './rest.ts'
import { watchHost } from './watch-host.ts'
import { watchLeases } from './watch-leases.ts'
import { watchNames } from './watch-names.ts'
import { watchPorts } from './watch-ports.ts'
import { watchShadows } from './watch-shadows.ts'
import { watchUpstreams } from './watch-upstreams.ts'

/** A change under way gets this long to finish when weftd is told to stop; the journal has it if it does not. */
const STOP_LIMIT_MS = 15_000

export interface Daemon {
  stop(): Promise<void>
  /** Tells the hooks that somebody has asked for it; definitions are read as they change anyway. */
  reload(): Promise<void>
}

export async function startDaemon(
  root: string,
  log: (line: string) => void,
  options: { readonly libvirtSocket?: string } = {},
): Promise<Daemon> {
  const paths = pathsUnder(root)
  lockRoot(paths, root)
  makeDirectories(paths)
  const { app, mirror, dnsmasqs, adoptAll, idle, close } = buildApp(root, log)

  // Before anybody is let in: plans that a crash left half done, machines that run already.
  for (const sentence of await recover(app)) log(sentence)
  if (readdirSync(guardDirectory(paths)).length > 0)
    for (const sentence of await (await import('../app/host-guards.ts')).lookAfterGuards(app)) log(sentence)
  await tellDaemonHooks(app, ['start', '-', 'start'])
  const adopted = await adoptAll()
  if (adopted.length > 0) log(`machines that run already: ${adopted.join(', ')}`)
  await tellOfRunning(app, adopted)
  await defineBuiltIn(app, log)
  const upstreams = await watchUpstreams(paths, () => reloadUpstreams(app), log)

  const ports = await watchPorts(app, log)
  const leases = watchLeases(app, log)
  const names = watchNames(app)

  const api = createApiServer({ app, isReadOnly: false, log })
  const readOnly = createApiServer({ app, isReadOnly: true, log })
  const rest = restAfterWork()
  for (const server of [api, readOnly])
    server.on('request', () => {
      rest.touch()
    })
  if (app.vms.list().some(({ isTransient }) => isTransient === true))
    await (await import('../app/vm-ends.ts')).forgetTransients(app)
  await openDoors(api, readOnly, paths)
  const libvirt = await openLibvirtDoor(app, paths, options.libvirtSocket)
  log(`listening in ${paths.run}`)

  await lookAfterMachines(app)
  const isFirst = await autostart(app, log)
  notifyReady(log)
  const stopping = Promise.withResolvers<false>()
  // They take their time, and weftd answers meanwhile.
  if (isFirst) void startMarked(app, log, stopping.promise)
  let later: NodeJS.Timeout | undefined
  const repair = async (touched: Touched): Promise<void> => {
    ports.touch()
    for (const title of await repairNetworks(app, touched)) log(title)
    rest.touch()
    clearTimeout(later)
    const due = app.repairs.due()
    // Once, when what was put off may be tried again.
    if (due !== undefined)
      later = setTimeout(() => {
        host.touch(due.touched)
      }, due.inMs).unref()
  }
  const shadows = await watchShadows(app, log)
  const hear: typeof mirror.hear = (line) => {
    shadows.hear(line)
    return mirror.hear(line)
  }
  const host = watchHost({ hear, trust: mirror.trust.bind(mirror) }, repair, log)
  dnsmasqs.onEnd((name) => {
    host.touch({ ...NOTHING, networks: new Set([name]) })
  })
  host.touch(EVERYTHING)

  return {
    async stop() {
      stopping.resolve(false)
      await names.stop()
      rest.stop()
      clearTimeout(later)
      host.stop()
      shadows.stop()
      upstreams.stop()
      ports.stop()
      leases.stop()
      for (const server of [api, readOnly]) server.close().closeIdleConnections()
      libvirt.close()
      await Promise.race([idle(), pause(STOP_LIMIT_MS)])
      // The last answers are on their way: one turn to hand them to the kernel.
      await pause(10)
      for (const server of [api, readOnly]) server.closeAllConnections()
      await tellDaemonHooks(app, ['shutdown', '-', 'shutdown'])
      close()
    },
    reload: () => tellDaemonHooks(app, ['reload', 'begin', 'SIGHUP']),
  }
}

/** A host without machines does not load what looks after them. */
async function lookAfterMachines(app: App): Promise<void> {
  const { vms, machines } = app
  if (vms.list().length + machines.leftBehind().length + machines.names().length === 0) return
  const { lookAfterMachines } = await import('../app/restart-vm.ts')
  await lookAfterMachines(app)
}

async function startMarked(app: App, log: (line: string) => void, stopping: Promise<false>): Promise<void> {
  const { autostartVms } = await import('../app/autostart-vms.ts')
  const wait = (ms: number): Promise<boolean> => Promise.race([stopping, pause(ms).then(() => true)])
  for (const sentence of await autostartVms(app, wait)) log(sentence)
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref()
  })
