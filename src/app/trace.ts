/** The path of a packet through this host, as the kernel decides it; where none comes, as its rules say. */
import { WeftError } from '../core/errors.ts'
import { judgeFlow, type Flow, type FlowHost } from '../core/host/flow/flow.ts'
import { parseTraceLine, type TraceLine } from '../core/host/flow/trace-lines.ts'
import { hasLegacy, lastTold, withLegacy } from '../core/host/flow/trace-legacy.ts'
import { pathOf, pathOfFlow, type TracePath } from '../core/host/flow/trace-path.ts'
import { traceSteps, TRACE_TABLE, type TracedFlow } from '../core/host/flow/trace-table.ts'
import type { Packet, RuleRef, RulesText } from '../core/host/ruleset/ruleset.ts'
import { ownerOf } from '../core/host/ruleset/owner.ts'
import { ownerWords, remedy } from '../core/host/ruleset/owner-words.ts'
import { rulesetOf } from '../core/network/neighbours/legacy-ruleset.ts'
import { noUndo, startPlan, type Plan } from '../core/plan/plan.ts'
import type { ChangeRequest } from './change.ts'
import { executeWhile } from './execute-plan.ts'
import { viewHost, type HostView } from './flow-host.ts'
import type { App } from './ports.ts'
import type { TraceWatch } from './trace-ports.ts'
import {
  findEnd,
  sendAction,
  sendWords,
  typedWords,
  type TraceEnd,
  type TraceProtocol,
} from './trace-ends.ts'

export interface TraceRequest extends ChangeRequest {
  readonly from: string
  readonly to: string
  readonly port?: number | undefined
  /** Absent: TCP where a port is given, else ICMP. */
  readonly protocol?: TraceProtocol | undefined
  /** How long a packet is waited for that weft does not send itself. */
  readonly waitSeconds?: number | undefined
  /** Only what the rules say: nothing is sent and nothing is waited for. */
  readonly computes?: boolean | undefined
}

export interface OwnedRule extends RuleRef {
  readonly owner: string
  readonly remedy: string | undefined
}

export interface Trace {
  readonly from: TraceEnd
  readonly to: TraceEnd
  readonly protocol: TraceProtocol
  readonly port: number | undefined
  /** `kernel`: of a packet that came; `computed`: from rules and routes. */
  readonly by: 'kernel' | 'computed'
  readonly path: TracePath
  /** Where it goes, or why it ends where no rule ended it. */
  readonly end: Pick<Flow, 'end' | 'because'>
  readonly owned: (rule: RuleRef) => OwnedRule
  readonly notes: readonly string[]
  readonly plan: Plan
}

const WAIT = { own: 3, others: 10 } as const

export async function tracePacket(app: App, request: TraceRequest): Promise<Trace> {
  const view = await viewHost(app)
  const [from, to] = [findEnd(app, view, request.from), findEnd(app, view, request.to)]
  const protocol = request.protocol ?? (request.port === undefined ? 'icmp' : 'tcp')
  if (protocol !== 'icmp' && request.port === undefined)
    throw new WeftError('invalid-argument', `${protocol} goes to a port`, {
      hint: `weft trace ${request.from} ${request.to}:80`,
    })
  const packet = await packetOf(view, from, to, protocol, request.port)
  const flow = await view.judge((host) => judgeFlow(host, packet))
  const plan = planTrace(request, { from, to, protocol, packet, view })
  const isComputed = request.computes === true || request.dryRun
  const asked = { from, to, protocol, packet }
  const isSeenOff = isComputed ? undefined : seenOff(view, packet, flow)
  const heard =
    isSeenOff === undefined ? undefined : await listen(app, request, plan, { ...asked, isSeenOff })
  const base = { from, to, protocol, port: request.port, plan }
  const hint = `in '${from.name}': ${typedWords(packet.destination ?? '', protocol, request.port)}`
  if (heard === undefined || heard.lines.length === 0) {
    const path = pathOfFlow(flow, packet)
    const notes = isComputed ? [] : [`no such packet came; type ${hint}`]
    return { ...base, by: 'computed', path, end: flow, owned: owning(view, view.host, path), notes }
  }
  const ruleset = rulesetOf(heard.ruleset)
  const told = pathOf(heard.lines, ruleset, packet, view.host.answers)
  const path = withLegacy(told, pathOfFlow(flow, packet))
  const end = path.verdict === 'accept' ? flow : {}
  return {
    ...base,
    by: 'kernel',
    path,
    end,
    owned: owning(view, { ...view.host, ruleset }, path),
    notes: [...heard.notes, ...(hasLegacy(path) ? [LEGACY_NOTE] : [])],
  }
}

const LEGACY_NOTE =
  'rules of iptables-legacy came into it: the kernel does not tell of them, they are worked out'

/** Outside, where it does not matter who: addresses that nobody has (RFC 5737, RFC 3849). */
export const SOMEBODY = { ip: '203.0.113.1', ip6: '2001:db8::1' } as const

/** Source ports are the sender's choice. */
async function packetOf(
  view: HostView,
  from: TraceEnd,
  to: TraceEnd,
  protocol: TraceProtocol,
  port: number | undefined,
): Promise<Packet> {
  const destination = to.address ?? (to.kind === 'host' ? hostAddress(view, from) : undefined)
  if (destination === undefined)
    throw new WeftError('invalid-argument', 'outside is many addresses: which one is meant', {
      hint: 'weft trace web 1.1.1.1',
    })
  const family = destination.includes(':') ? 'ip6' : 'ip'
  const own = from.kind === 'host' ? await ownAddress(view, destination, family) : undefined
  const source = from.address ?? (from.kind === 'host' ? own : SOMEBODY[family])
  return {
    family,
    source,
    destination,
    protocol: protocol === 'icmp' ? (family === 'ip' ? 'icmp' : 'ipv6-icmp') : protocol,
    destinationPort: port,
    ...(from.device === undefined || from.kind === 'host' ? {} : { in: from.device }),
    state: 'new',
  }
}

/** Of the network that asks, else of the way out. */
function hostAddress({ host, seen }: HostView, from: TraceEnd): string | undefined {
  const own = from.device === undefined ? undefined : host.answers.addressOf?.(from.device, 'ip')
  return own ?? seen.links.find(({ name, ipv4 }) => name !== 'lo' && ipv4.length > 0)?.ipv4[0]?.address
}

async function ownAddress(
  view: HostView,
  destination: string,
  family: Packet['family'],
): Promise<string | undefined> {
  const way = await view.judge((host) => host.route({ family, destination }))
  if (way?.to === 'this host') return destination
  return way?.to === 'device' ? view.host.answers.addressOf?.(way.device, family) : undefined
}

interface Asked {
  readonly from: TraceEnd
  readonly to: TraceEnd
  readonly protocol: TraceProtocol
  readonly packet: Packet
}

type SeenOff = (lines: readonly TraceLine[]) => boolean

/** Whether it was told of as far as the packet is expected to go, or of its end. */
function seenOff({ host }: HostView, packet: Packet, flow: Flow): SeenOff {
  const last = lastTold(flow)
  return (lines) => {
    const path = pathOf(lines, host.ruleset, packet, host.answers)
    return path.verdict !== 'accept' || path.hops.at(-1)?.place === last
  }
}

function planTrace(
  { from: name, to, port }: TraceRequest,
  { from, protocol, packet }: Asked & { view: HostView },
): Plan {
  const isBridged = from.plug?.link?.master !== undefined
  const flow: TracedFlow = {
    family: packet.family,
    // Behind a port is one guest, whatever address it uses.
    source: from.kind === 'outside' ? from.address : undefined,
    destination: packet.destination ?? '',
    protocol,
    port,
    first: from.kind === 'host' ? 'host' : isBridged ? 'bridge' : 'device',
    ...(isBridged ? { in: from.plug.interface } : {}),
  }
  const send = sendAction(from, packet.destination ?? '', protocol, port)
  const sending = {
    reason: `a packet for it is sent from '${from.name}'`,
    undo: noUndo('it has gone'),
  } as const
  return startPlan(`trace a packet from '${name}' to '${to}'`, [
    ...traceSteps(flow),
    ...(send === undefined ? [] : [{ ...sending, do: send }]),
  ])
}

interface Heard {
  readonly lines: readonly TraceLine[]
  readonly ruleset: RulesText
  readonly notes: readonly string[]
}

/** One at a time: the table has one name. */
const busy = new WeakSet<App>()

async function listen(
  app: App,
  request: TraceRequest,
  plan: Plan,
  asked: Asked & { readonly isSeenOff: SeenOff },
): Promise<Heard> {
  if (busy.has(app))
    throw new WeftError('in-use', 'another packet is being traced', { hint: 'try again in a moment' })
  busy.add(app)
  let watch: TraceWatch | undefined
  try {
    const heard = await app.host.watchTraces()
    watch = heard
    return await executeWhile(app, plan, request.by, async () => {
      const isSent = plan.steps.length > 1 || (await sendByAgent(app, asked, request.port))
      const seconds = request.waitSeconds ?? (isSent ? WAIT.own : WAIT.others)
      const isHeardOf = await heard.until((lines) => onePacket(lines).length > 0, seconds * 1000)
      // A busy machine tells of it in bits.
      if (isHeardOf) await heard.until((lines) => asked.isSeenOff(onePacket(lines)), REST_MS)
      // What comes after the last word about it comes at once.
      await heard.until(() => false, SETTLE_MS)
      const notes = isSent ? [] : [`the packet was one that '${asked.from.name}' sent by itself`]
      return { lines: onePacket(heard.lines()), ruleset: await app.host.ruleset(), notes }
    })
  } finally {
    watch?.stop()
    busy.delete(app)
  }
}

const SETTLE_MS = 150
const REST_MS = 2000

/** Up to where the next one begins. */
function onePacket(lines: readonly string[]): TraceLine[] {
  const all = lines.flatMap((line) => parseTraceLine(line) ?? [])
  const isFirst = ({ table, kind }: TraceLine): boolean => table === TRACE_TABLE && kind === 'packet'
  const start = all.findIndex(isFirst)
  if (start === -1) return []
  const next = all.findIndex((line, index) => index > start && isFirst(line))
  return all.slice(start, next === -1 ? undefined : next)
}

/** Its agent does what a person would type in the guest. */
async function sendByAgent(
  app: App,
  { from, protocol, packet }: Asked,
  port: number | undefined,
): Promise<boolean> {
  const agent = from.plug === undefined ? undefined : app.machines.agent(from.plug.guest)
  if (agent === undefined || !(await agent.isListening())) return false
  const argv = sendWords(packet.destination ?? '', protocol, port)
  return agent.run({ argv, limitMs: 5000 }).then(
    () => true,
    () => false,
  )
}

function owning({ networkOf }: HostView, { ruleset }: FlowHost, { hops }: TracePath): Trace['owned'] {
  const path = hops.flatMap(({ rules }) => rules)
  return (rule) => {
    const owner = ownerOf(rule, { path, ruleset, networkOf })
    return { ...rule, owner: ownerWords(owner, rule), remedy: remedy(owner, rule) }
  }
}
