/** Builds every part and joins them: the App that the use cases are called with. */
import { getRandomValues, randomUUID } from 'node:crypto'
import { createConditions } from '../app/conditions.ts'
import { createEvents } from '../app/events.ts'
import type { App } from '../app/ports.ts'
import { createQueue, type Queue } from '../app/queue.ts'
import { createRepairs } from '../app/repairs.ts'
import { holdsSecrets } from '../core/vm/cloud-init.ts'
import { createRestarts, type Alarm } from '../app/restarts.ts'
import type { Acceleration, HostFacts } from '../core/host/facts.ts'
import {
  backupJobDirectory,
  imageDirectory,
  poolMarkDirectory,
  secretDirectory,
  jobDirectory,
  labDirectory,
  pathsUnder,
  restartsFile,
  saveDirectory,
  snapshotDirectory,
} from '../core/host/paths.ts'
import { createImageFiles } from '../download/create-image-files.ts'
import { jobName } from '../core/vm/disk-job.ts'
import { endOfQemu } from '../core/vm/end-policy.ts'
import { createHost } from '../host/create-host.ts'
import { findHostFacts } from '../host/facts.ts'
import type { DnsmasqEars } from '../host/hear-dnsmasq.ts'
import type { Mirror } from '../host/mirror.ts'
import { askAgent } from '../qemu/agent-channel.ts'
import { createEmulator } from '../qemu/emulator.ts'
import { createImages } from '../qemu/images.ts'
import { createMachines } from '../qemu/machines.ts'
import { qmpCommand } from '../qemu/qmp.ts'
import { qmpJob } from '../qemu/qmp-job.ts'
import {
  checkFilter,
  checkPoolMark,
  checkPoolSpec,
  checkSecret,
  checkVmSpec,
} from '../store/check-definition.ts'
import { findHooks } from './hooks.ts'
import { checkBackupJob, checkDiskJob } from '../store/check-disk-job.ts'
import { checkImageRecord } from '../store/check-image.ts'
import { checkLabRecord } from '../store/check-lab.ts'
import { checkSavedVm } from '../store/check-saved.ts'
import { checkStoredNetwork } from '../store/check-network.ts'
import { checkSnapshotTree } from '../store/check-snapshot.ts'
import { createKeyFiles } from '../store/key-files.ts'
import { openJournal } from '../store/open-journal.ts'
import { openRestartNotes } from '../store/open-restart-notes.ts'
import type { SecretSpec } from '../core/storage/secret.ts'
import { openStore, type OpenStore } from '../store/open-store.ts'

export interface BuiltApp {
  readonly app: App
  /** The host's memory of links, routes and table: told what the kernel's monitors say. */
  readonly mirror: Mirror
  readonly dnsmasqs: DnsmasqEars
  /** Every QEMU that runs already; returns their names. */
  readonly adoptAll: () => Promise<string[]>
  /** Resolves when no change is under way. */
  readonly idle: () => Promise<void>
  /** Lets go of helpers and monitors; guests run on. */
  readonly close: () => void
}

export function buildApp(root: string, log: (line: string) => void): BuiltApp {
  const facts = findHostFacts(pathsUnder(root))
  const { etc } = facts.paths
  const networks = openStore({
    directory: `${etc}/networks`,
    check: checkStoredNetwork,
    nameOf: ({ spec }) => spec.name,
  })
  const vms = openStore({
    directory: `${etc}/vms`,
    check: checkVmSpec,
    nameOf: ({ name }) => name,
    holdsSecrets,
  })
  const imageRecords = openStore({
    directory: imageDirectory(facts.paths),
    check: checkImageRecord,
    nameOf: ({ digest }) => digest,
  })
  const filters = openStore({
    directory: `${etc}/filters`,
    check: checkFilter,
    nameOf: ({ name }) => name,
  })
  const pools = openStore({ directory: `${etc}/pools`, check: checkPoolSpec, nameOf: ({ name }) => name })
  const poolMarks = openStore({
    directory: poolMarkDirectory(facts.paths),
    check: checkPoolMark,
    nameOf: ({ name }) => name,
  })
  const [secrets, briefSecrets] = [false, true].map((isEphemeral) =>
    openStore({
      directory: secretDirectory(facts.paths, isEphemeral),
      check: checkSecret,
      nameOf: ({ uuid }) => uuid,
    }),
  ) as [OpenStore<SecretSpec>, OpenStore<SecretSpec>]
  const backups = openStore({
    directory: backupJobDirectory(facts.paths),
    check: checkBackupJob,
    nameOf: ({ vm }) => vm,
  })
  const jobs = openStore({ directory: jobDirectory(facts.paths), check: checkDiskJob, nameOf: jobName })
  const saves = openStore({
    directory: saveDirectory(facts.paths),
    check: checkSavedVm,
    nameOf: ({ name }) => name,
  })
  const snapshots = openStore({
    directory: snapshotDirectory(facts.paths),
    check: checkSnapshotTree,
    nameOf: ({ name }) => name,
    holdsSecrets: (tree) => tree.snapshots.some(({ spec }) => holdsSecrets(spec)),
  })
  const labs = openStore({
    directory: labDirectory(facts.paths),
    check: checkLabRecord,
    nameOf: ({ name }) => name,
  })
  const host = createHost({
    facts,
    qmp: qmpCommand,
    qmpJob,
    agent: askAgent,
    acceleration: accelerationOnce(facts),
  })
  const machines = createMachines({
    paths: facts.paths,
    onDeath: (name, reason) => {
      const heard = import('../app/restart-vm.ts').then(({ heardOfEnd }) =>
        heardOfEnd(app, name, endOfQemu(reason)),
      )
      heard.catch((error: unknown) => {
        log(`could not tidy up after machine '${name}': ${String(error)}`)
      })
    },
    onNews: (name, news) => {
      app.events.emit({ kind: 'vm', name, ...news })
      // Only who has powered itself off without ending may have been on its way to a reboot.
      if (app.machines.state(name)?.status !== 'shutdown') return
      const heard = import('../app/restart-vm.ts').then(({ heardOfTurn }) => heardOfTurn(app, name))
      heard.catch((error: unknown) => {
        log(`could not finish the reboot of machine '${name}': ${String(error)}`)
      })
    },
    onJob: (name, news) => {
      const heard = import('../app/settle-disk-job.ts').then(({ heardOfJob }) => heardOfJob(app, name, news))
      heard.catch((error: unknown) => {
        log(`could not go on with a job of machine '${name}': ${String(error)}`)
      })
    },
  })
  const { queue, idle } = watchedQueue()
  const events = createEvents((error) => {
    log(`a listener failed: ${String(error)}`)
  })
  const stores = [
    networks,
    vms,
    filters,
    pools,
    poolMarks,
    secrets,
    briefSecrets,
    saves,
    snapshots,
    imageRecords,
    jobs,
    backups,
    labs,
  ]
  const broken = (): string[] => stores.flatMap((store) => [...store.conditions()])
  const conditions = createConditions(events, broken, () => new Date())
  const app: App = {
    facts,
    host,
    networks,
    liveNetworks: new Map(),
    vms,
    filters,
    pools,
    poolMarks,
    secrets,
    briefSecrets,
    saves,
    jobs,
    snapshots,
    labs,
    backups,
    keys: createKeyFiles(facts.paths),
    journal: openJournal(facts.paths),
    machines,
    hooks: findHooks(`${etc}/hooks`),
    emulator: createEmulator(async (argv) =>
      // It ends its help with an exit code of 1.
      (await import('../host/run-command.ts')).runCommand(argv, { accept: [1] }),
    ),
    images: createImages(facts),
    imageRecords,
    imageFiles: createImageFiles(facts),
    catalogue: async () => (await import('./read-catalogue.ts')).readCatalogueFiles(facts.paths),
    pulls: new Map(),
    events,
    queue,
    chance: {
      uuid: () => randomUUID(),
      bytes: (count) => [...getRandomValues(new Uint8Array(count))],
      now: () => new Date(),
    },
    log,
    conditions,
    repairs: createRepairs(conditions, Date.now),
    restarts: createRestarts(Date.now, unwokenAlarm, openRestartNotes(restartsFile(facts.paths), log)),
  }
  const close = (): void => {
    app.restarts.close()
    machines.close()
    host.close()
  }
  return {
    app,
    mirror: host.mirror,
    dnsmasqs: host.dnsmasqs,
    adoptAll: () => machines.adoptAll(),
    idle,
    close,
  }
}

/** Keeps nobody from ending. */
const unwokenAlarm: Alarm = (delayMs, work) => {
  const timer = setTimeout(work, delayMs).unref()
  return () => {
    clearTimeout(timer)
  }
}

/** The probe boots a guest: not before somebody asks, and once. */
function accelerationOnce(facts: HostFacts): () => Promise<Acceleration> {
  let answer: Promise<Acceleration> | undefined
  const probe = async (): Promise<Acceleration> => {
    const [{ probeAcceleration }, { runCommand }] = await Promise.all([
      import('../qemu/kvm-probe.ts'),
      import('../host/run-command.ts'),
    ])
    return probeAcceleration({ facts, run: runCommand })
  }
  return () => (answer ??= probe())
}

/** The queue, and a way to wait until it has nothing to do. */
function watchedQueue(): { queue: Queue; idle: () => Promise<void> } {
  const inner = createQueue()
  const running = new Set<Promise<unknown>>()
  const run: Queue['run'] = (key, work) => {
    const result = inner.run(key, work)
    const settled = result
      .catch(() => undefined)
      .finally(() => {
        running.delete(settled)
      })
    running.add(settled)
    return result
  }
  const idle = async (): Promise<void> => {
    while (running.size > 0) await Promise.all(running)
  }
  return { queue: { run }, idle }
}
