/** An App over a world of plain files in memory, for tests of the loop around plans: every n-th action can be made to fail. */
import type { App, Change, Journal, UnfinishedPlan } from '../../src/app/ports.ts'
import { NO_SNAPSHOT } from '../../src/core/host/snapshot.ts'
import type { WeftEvent } from '../../src/app/event-ports.ts'
import type { Action } from '../../src/core/plan/action.ts'
import type { Plan } from '../../src/core/plan/plan.ts'
import { createConditions } from '../../src/app/conditions.ts'
import { createEvents } from '../../src/app/events.ts'
import { createQueue } from '../../src/app/queue.ts'
import { createRepairs } from '../../src/app/repairs.ts'
import { createRestarts } from '../../src/app/restarts.ts'
import { pathsUnder } from '../../src/core/host/paths.ts'
import { WeftError } from '../../src/core/errors.ts'

export interface StandIn {
  readonly app: App
  /** Path → content. */
  readonly world: Map<string, string>
  readonly performed: Action[]
  readonly events: WeftEvent[]
  readonly log: string[]
  /** Called before each action with its number, from 0; throws to make it fail, waits for ever to play a crash. */
  beforeAction: (number: number) => void | Promise<void>
}

export function createStandIn(files: Readonly<Record<string, string>> = {}): StandIn {
  const world = new Map(Object.entries(files))
  const events = createEvents(() => undefined)
  const conditions = createConditions(
    events,
    () => [],
    () => new Date(0),
  )
  const said: string[] = []
  const unused = (): never => {
    throw new WeftError('internal', 'not part of this stand-in')
  }
  const empty = {
    nameOf: unused,
    list: () => [],
    find: () => undefined,
    file: (name: string) => `/etc/weft/${name}.json`,
    format: unused,
    refresh: () => Promise.resolve(),
  }
  const standIn: StandIn = {
    world,
    performed: [],
    events: [],
    log: said,
    beforeAction: () => undefined,
    app: {
      facts: {
        paths: pathsUnder('/'),
        qemuUser: { name: 'nobody', owner: { uid: 1, gid: 1 } },
        dnsmasqUser: 'nobody',
        programs: unused as never,
      },
      keys: unused as never,
      liveNetworks: new Map(),
      host: {
        linkDetails: () => Promise.resolve([]),
        uplink: () => Promise.resolve(undefined),
        keeper: () => Promise.resolve({ etc: '/etc', run: '/run' }),
        examine: unused,
        probe: unused,
        ruleset: unused,
        askRoute: unused,
        watchTraces: unused,
        guards: () => Promise.resolve([]),
        devices: () => Promise.resolve({ devices: [], vfio: 'missing' }),
        links: () => Promise.resolve([]),
        borrowed: () => [],
        started: () => [],
        isThere: (path) => world.has(path),
        hearDnsmasq: unused,
        guardTable: () => Promise.resolve(undefined),
        processUsage: unused,
        look: unused,
        async perform(action) {
          standIn.performed.push(action)
          await standIn.beforeAction(standIn.performed.length - 1)
          change(world, action)
        },
        snapshot: () =>
          Promise.resolve({
            ...NO_SNAPSHOT,
            links: [...world].flatMap(([path, text]) => [path, `    ${text}`]),
          }),
        readTextFile: (path) => Promise.resolve(world.get(path)),
        readBytes: () => Promise.resolve(undefined),
        inspectFile: unused,
        acceleration: unused,
        counters: unused,
        neighbours: unused,
        listeners: unused,
        redirects: unused,
        queues: unused,
        canImpair: unused,
        canDetour: unused,
        names: unused,
        canFilterVlans: unused,
        canHookEgress: unused,
        awaitGreeting: unused,
        capture: unused,
      },
      networks: empty,
      vms: empty,
      filters: empty,
      pools: empty,
      poolMarks: empty,
      secrets: empty,
      briefSecrets: empty,
      saves: empty,
      jobs: empty,
      snapshots: empty,
      labs: empty,
      backups: empty,
      journal: createMemoryJournal(),
      machines: unused as never,
      emulator: unused as never,
      images: unused as never,
      imageRecords: empty,
      imageFiles: unused as never,
      catalogue: unused,
      pulls: new Map(),
      events,
      conditions,
      repairs: createRepairs(conditions, () => 0),
      restarts: createRestarts(
        () => 0,
        () => unused,
        { read: () => [], write: unused },
      ),
      queue: createQueue(),
      chance: { uuid: unused, bytes: unused, now: () => new Date(0) },
      log: (line) => said.push(line),
    },
  }
  events.subscribe((event) => standIn.events.push(event))
  return standIn
}

function change(world: Map<string, string>, action: Action): void {
  if (action.kind === 'write') world.set(action.path, action.content)
  else if (action.kind === 'remove') world.delete(action.path)
}

function createMemoryJournal(): Journal {
  const running = new Map<number, { plan: Plan; by: string; stepsDone: number }>()
  const changes: Change[] = []
  let last = 0
  const remember = (number: number, more: Pick<Change, 'outcome' | 'before' | 'after'>): void => {
    const entry = running.get(number)
    if (entry === undefined) throw new Error(`plan ${number} is not running`)
    running.delete(number)
    const { plan, by } = entry
    changes.push({ number, plan, by, title: plan.title, at: '1970-01-01T00:00:00Z', durationMs: 0, ...more })
  }
  return {
    begin(plan, by) {
      const number = ++last
      const entry = { plan, by, stepsDone: 0 }
      running.set(number, entry)
      return Promise.resolve({
        number,
        stepDone(index) {
          entry.stepsDone = index + 1
          return Promise.resolve()
        },
        extend(steps) {
          entry.plan = { ...entry.plan, steps: [...entry.plan.steps, ...steps] }
          return Promise.resolve()
        },
        finish(outcome, before, after) {
          remember(number, { outcome, before, after })
          return Promise.resolve()
        },
      })
    },
    unfinished: () =>
      Promise.resolve(
        [...running].map(([number, { plan, stepsDone }]): UnfinishedPlan => ({
          number,
          plan,
          stepsDone,
          close(outcome) {
            remember(number, { outcome, before: NO_SNAPSHOT, after: NO_SNAPSHOT })
            return Promise.resolve()
          },
        })),
      ),
    history: () => Promise.resolve(changes),
  }
}
