/** What the route takes and gives that tells the path of a packet; a part of the contract. */
import { array, boolean, integer, nullable, object, oneOf, optional, string } from './shape.ts'

export interface TraceRequest {
  readonly from: string
  readonly to: string
  readonly port?: number
  readonly protocol?: 'tcp' | 'udp' | 'icmp'
  readonly waitSeconds?: number
  readonly computed?: boolean
  readonly dryRun?: boolean
}

export interface TraceView {
  readonly from: string
  readonly to: string
  readonly protocol: 'tcp' | 'udp' | 'icmp'
  readonly port: number | null
  readonly by: 'kernel' | 'computed'
  readonly hops: readonly TraceHopView[]
  readonly verdict: 'accept' | 'drop' | 'reject' | 'unknown'
  /** The rule that ended it, or that nobody can tell the outcome of. */
  readonly decisive: TraceRuleView | null
  /** Why it ends where no rule ends it. */
  readonly because: string | null
  /** Where it leaves or arrives. */
  readonly end: string | null
  readonly notes: readonly string[]
  /** What is typed to trace it. */
  readonly script: string
}

export interface TraceHopView {
  readonly place: string
  readonly in: string | null
  readonly out: string | null
  readonly source: string | null
  readonly destination: string | null
  readonly sourcePort: number | null
  readonly destinationPort: number | null
  readonly rules: readonly TraceRuleView[]
}

export interface TraceRuleView {
  readonly family: string
  readonly table: string
  readonly chain: string
  readonly handle: number | null
  readonly text: string
  /** By which elements of sets it matched. */
  readonly elements: readonly string[]
  readonly owner: string
  readonly remedy: string | null
}

const rule = object<TraceRuleView>(
  {
    family: string(),
    table: string(),
    chain: string(),
    handle: nullable(integer({ description: 'null: the policy of the chain' })),
    text: string({ description: 'as nft prints it' }),
    elements: array(string()),
    owner: string({ description: 'what of weft it stands for, or whose it is' }),
    remedy: nullable(string({ description: 'a command that shows it where it comes from' })),
  },
  'TraceRule',
)
const port = nullable(integer({ minimum: 0, maximum: 65_535 }))
const hop = object<TraceHopView>(
  {
    place: string({ description: 'prerouting, forward, bridge input...' }),
    in: nullable(string()),
    out: nullable(string()),
    source: nullable(string()),
    destination: nullable(string()),
    sourcePort: port,
    destinationPort: port,
    rules: array(rule),
  },
  'TraceHop',
)

const end = { minLength: 1, maxLength: 255 } as const

export const TRACE_ROUTES = {
  trace: {
    summary: 'The path of a packet through this host, rule by rule, and whose each rule is',
    params: {},
    query: {},
    body: object<TraceRequest>(
      {
        from: string({ description: 'a machine, a namespace, an address, host or outside', ...end }),
        to: string({ description: 'a machine, a namespace, an address or host', ...end }),
        port: optional(integer({ minimum: 1, maximum: 65_535 })),
        protocol: optional(oneOf('tcp', 'udp', 'icmp')),
        waitSeconds: optional(integer({ minimum: 1, maximum: 600 })),
        computed: optional(boolean('only what the rules say: nothing is sent')),
        dryRun: optional(boolean('as computed, with the script that would trace it')),
      },
      'TracePacket',
    ),
    reply: object<TraceView>(
      {
        from: string(),
        to: string(),
        protocol: oneOf('tcp', 'udp', 'icmp'),
        port,
        by: oneOf('kernel', 'computed'),
        hops: array(hop),
        verdict: oneOf('accept', 'drop', 'reject', 'unknown'),
        decisive: nullable(rule),
        because: nullable(string()),
        end: nullable(string({ description: 'where it leaves or arrives' })),
        notes: array(string()),
        script: string({ description: 'what is typed to trace it' }),
      },
      'Trace',
    ),
    changes: false,
  },
} as const
