/** Shapes of the answers: each is held to its interface in `views.ts` by the compiler. */
import { array, boolean, integer, nullable, number, object, oneOf, pair, string } from './shape.ts'
import type { CloudInitView, VmReachedView } from './first-boot-views.ts'
import { HARDWARE } from './hardware-views.ts'
import type * as View from './views.ts'

const time = string({ description: 'RFC 3339' })
const bytes = integer({ description: 'bytes', minimum: 0 })
const sentences = array(string())

const portFields = {
  interface: string(),
  network: string(),
  mac: nullable(string()),
  owner: string(),
  ip: nullable(string()),
  name: nullable(string()),
  state: nullable(string()),
  link: oneOf('up', 'down'),
}
const port = object<View.PortView>(portFields, 'Port')
const count = object<View.CountView>(
  { bytes, packets: integer(), drops: integer({ description: 'packets that nobody fetched in time' }) },
  'Count',
)
const traffic = object<View.TrafficView>({ at: time, received: count, sent: count }, 'Traffic')
const impairment = object<View.ImpairmentView>({
  delayMs: number(),
  lossPercent: number(),
  rateBits: integer({ description: 'bits a second; 0: any' }),
})
const portDetail = object<View.PortDetailView>(
  {
    ...portFields,
    traffic: nullable(traffic),
    impairment,
    impairmentFromGuest: impairment,
  },
  'PortDetail',
)

const summary = {
  name: string(),
  uuid: string(),
  state: oneOf('active', 'inactive'),
  autostart: boolean(),
  persistent: boolean(),
  mode: oneOf('nat', 'route', 'isolated', 'open', 'bridge', 'private', 'vepa', 'passthrough'),
  bridge: nullable(string()),
  address: nullable(string()),
  conditions: sentences,
}

const match = object<View.MatchView>({ packets: integer(), bytes }, 'Match')
const verdict = nullable(oneOf('allow', 'deny'))
const rules = object<View.RulesView>(
  {
    network: string(),
    antiSpoofing: oneOf('none', 'mac', 'address'),
    spoofed: match,
    lists: array(
      object<View.RuleListView>({
        guest: nullable(string()),
        group: nullable(string()),
        in: verdict,
        out: verdict,
        antiSpoofing: nullable(oneOf('none', 'mac', 'address')),
        members: array(string()),
        addresses: array(string()),
        rules: array(
          object<View.RuleListView['rules'][number]>({
            number: integer(),
            rule: string(),
            matched: nullable(match),
          }),
        ),
      }),
    ),
  },
  'Rules',
)

const lease = object<View.LeaseView>(
  {
    mac: nullable(string()),
    ip: string(),
    name: nullable(string()),
    clientId: nullable(string()),
    leased: boolean(),
    expires: nullable(time),
    keptFor: nullable(string()),
  },
  'Lease',
)

const bridge = object<View.BridgeView>(
  {
    name: string(),
    id: string({ description: 'as brctl prints it: 8000.525400b8c99d' }),
    stp: boolean(),
    owner: string(),
    interfaces: array(
      object<View.BridgeView['interfaces'][number]>({
        name: string(),
        owner: string(),
        state: nullable(string()),
      }),
    ),
  },
  'Bridge',
)

const disk = object<View.DiskView>(
  {
    name: string(),
    pool: string(),
    path: string(),
    format: string(),
    size: bytes,
    used: bytes,
    backing: nullable(string()),
    machines: array(string()),
    overlays: array(string()),
    isEncrypted: boolean(),
  },
  'Disk',
)

const image = object<View.ImageView>(
  {
    name: string(),
    aliases: array(string()),
    title: string(),
    kind: oneOf('disk', 'iso'),
    arch: string(),
    state: oneOf('here', 'available'),
    digest: nullable(string({ description: 'sha256 of its bytes' })),
    format: nullable(string()),
    size: nullable(bytes),
    bytes: nullable(bytes),
    path: nullable(string()),
    user: nullable(string()),
    minimumDisk: nullable(bytes),
    from: string(),
    checked: nullable(object<NonNullable<View.ImageView['checked']>>({ checksum: string(), by: string() })),
    since: nullable(time),
    users: array(string()),
  },
  'Image',
)

const imageCheck = object<View.ImageCheckView>({ errors: integer(), leaks: integer() }, 'ImageCheck')

const pool = object<View.PoolView>(
  {
    name: string(),
    kind: oneOf('directory'),
    path: string(),
    disks: integer(),
    used: bytes,
    isActive: boolean(),
    isPersistent: boolean(),
    autostart: boolean(),
  },
  'Pool',
)

const vm = object<View.VmView>(
  {
    hardware: HARDWARE.hardware,
    name: string(),
    uuid: string(),
    state: oneOf('running', 'paused', 'crashed', 'saved', 'stopped'),
    stateBecause: nullable(string({ description: 'why it stands still, where that is known' })),
    isAutostarted: boolean('it is started with the host'),
    isTransient: boolean('it is forgotten when it ends'),
    cpus: integer(),
    memoryMiB: integer(),
    accelerator: nullable(oneOf('kvm', 'tcg')),
    acceleratorBecause: nullable(string()),
    pid: nullable(integer()),
    disks: array(string()),
    cdroms: array(string()),
    cloudInit: nullable(
      object<CloudInitView>({
        user: string(),
        hostName: string(),
        sshKeys: array(string()),
        hasUserData: boolean(),
      }),
    ),
    nics: array(HARDWARE.nic),
  },
  'Vm',
)

const disruption = object<View.DisruptionView>(
  {
    level: oneOf('none', 'blip', 'cut-off'),
    guests: array(string()),
    text: string({ description: 'the same in words' }),
  },
  'Disruption',
)
const step = object<View.StepView>({ reason: string(), command: string(), disruption }, 'Step')

const history = {
  number: integer(),
  title: string(),
  by: string(),
  at: time,
  durationMs: number(),
  outcome: string(),
}

/** By the name the OpenAPI document gives each. */
/** What every answer about a change has. */
export const CHANGE_FIELDS = {
  result: string(),
  notes: sentences,
  change: nullable(integer()),
  title: string(),
  script: string(),
  disruption,
  steps: array(step),
}

export const VIEWS = {
  rules,
  networkSummary: object<View.NetworkSummaryView>(summary, 'NetworkSummary'),
  network: object<View.NetworkView>(
    {
      ...summary,
      ports: array(port),
      drift: array(object<View.NetworkView['drift'][number]>({ reason: string(), command: string() })),
    },
    'Network',
  ),
  port,
  portDetail,
  traffic,
  count,
  lease,
  bridge,
  disk,
  image,
  imageCheck,
  pool,
  vm,
  definition: object<View.DefinitionView>(
    { format: oneOf('xml', 'yaml', 'json'), text: string() },
    'Definition',
  ),
  vmReached: object<VmReachedView>({ ip: nullable(string()) }, 'VmReached'),
  change: object<View.ChangeView>(CHANGE_FIELDS, 'Change'),
  disruption,
  step,
  history: object<View.HistoryView>(history, 'HistoryEntry'),
  historyDetail: object<View.HistoryDetailView>(
    {
      ...history,
      script: string(),
      diff: array(
        object<View.HistoryDetailView['diff'][number]>({ section: string(), lines: array(string()) }),
      ),
    },
    'HistoryDetail',
  ),
  status: object<View.StatusView>(
    {
      version: string(),
      root: string(),
      pid: integer(),
      accelerator: oneOf('kvm', 'tcg'),
      acceleratorBecause: string(),
      networks: object<View.StatusView['networks']>({ active: integer(), defined: integer() }),
      vms: object<View.StatusView['vms']>({ running: integer(), defined: integer() }),
      conditions: sentences,
    },
    'Status',
  ),
  error: object<View.ErrorView>(
    {
      code: string(),
      message: string(),
      hint: nullable(string()),
      details: array(pair(string(), string())),
      problems: array(
        object<View.ErrorView['problems'][number]>({
          path: string(),
          message: string(),
          hint: nullable(string()),
          line: nullable(integer()),
          column: nullable(integer()),
        }),
      ),
    },
    'Error',
  ),
} as const
