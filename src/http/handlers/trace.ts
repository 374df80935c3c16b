/** The path of a packet over HTTP. */
import type { TraceHopView, TraceRuleView, TraceView } from '../../api/trace-contract.ts'
import { tracePacket, type Trace } from '../../app/trace.ts'
import type { TraceHop } from '../../core/host/flow/trace-path.ts'
import type { RuleRef } from '../../core/host/ruleset/ruleset.ts'
import { renderPlan } from '../../core/plan/render.ts'
import type { Handlers } from '../handler.ts'

export const traceHandlers = {
  trace: async ({ app, body, request }) => {
    const { computed, dryRun, ...asked } = body
    const order = { ...asked, by: request.by, dryRun: dryRun === true, computes: computed === true }
    return traceView(await tracePacket(app, order))
  },
} satisfies Handlers<'trace'>

function traceView(trace: Trace): TraceView {
  const { from, to, protocol, port, by, path, end, owned, notes, plan } = trace
  const ruleView = (rule: RuleRef): TraceRuleView => {
    const { owner, remedy } = owned(rule)
    const { family, table, chain, handle, text, elements } = rule
    return {
      family,
      table,
      chain,
      handle: handle ?? null,
      text,
      elements: elements ?? [],
      owner,
      remedy: remedy ?? null,
    }
  }
  return {
    from: endWords(from),
    to: endWords(to),
    protocol,
    port: port ?? null,
    by,
    hops: path.hops.map((hop) => hopView(hop, ruleView)),
    verdict: path.verdict,
    decisive: path.decisive === undefined ? null : ruleView(path.decisive),
    because: end.because ?? null,
    end:
      end.end === undefined || end.end.to === 'nowhere'
        ? null
        : end.end.to === 'device'
          ? end.end.device
          : 'this host',
    notes,
    script: renderPlan(plan),
  }
}

const endWords = ({ name, address }: Trace['from']): string =>
  address === undefined || address === name ? name : `${name} (${address})`

function hopView(
  { place, packet, rules }: TraceHop,
  ruleView: (rule: RuleRef) => TraceRuleView,
): TraceHopView {
  return {
    place,
    in: packet.in ?? null,
    out: packet.out ?? null,
    source: packet.source ?? null,
    destination: packet.destination ?? null,
    sourcePort: packet.sourcePort ?? null,
    destinationPort: packet.destinationPort ?? null,
    rules: rules.map(ruleView),
  }
}
