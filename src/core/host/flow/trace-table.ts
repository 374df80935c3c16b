/**
 * A table of weft's own that asks the kernel to tell what it does with the packets of one flow. It decides nothing, comes before everybody
 * else's chains, and marks one packet a second at most.
 */
import { nft } from '../../plan/action.ts'
import type { Step } from '../../plan/plan.ts'
import type { Packet } from '../ruleset/ruleset.ts'

export const TRACE_TABLE = 'weft_trace'

/** Which packets; what is absent may be anything. */
export interface TracedFlow {
  readonly family: Packet['family']
  readonly source?: string | undefined
  readonly destination: string
  readonly protocol: 'tcp' | 'udp' | 'icmp'
  readonly port?: number | undefined
  /** Where it is first seen: at a port of a bridge, at a NIC, or when this host sends it. */
  readonly first: 'bridge' | 'device' | 'host'
  readonly in?: string | undefined
}

export function traceSteps(flow: TracedFlow): Step[] {
  const table = `${flow.first === 'bridge' ? 'bridge' : 'inet'} ${TRACE_TABLE}`
  const hook = flow.first === 'host' ? 'output' : 'prerouting'
  return [
    {
      reason: 'the kernel tells what it does with one packet of the flow',
      do: nft([
        `add table ${table}`,
        `delete table ${table}`,
        `add table ${table}`,
        `add chain ${table} first { type filter hook ${hook} priority -500; policy accept; }`,
        `add rule ${table} first ${matchOf(flow)} limit rate 1/second burst 1 packets meta nftrace set 1`,
      ]),
      // Adding before deleting makes it harmless when there is nothing to delete.
      undo: nft([`add table ${table}`, `delete table ${table}`]),
    },
  ]
}

function matchOf({ family, source, destination, protocol, port, in: device }: TracedFlow): string {
  const what = family === 'ip' ? 'icmp type echo-request' : 'icmpv6 type echo-request'
  return [
    ...(device === undefined ? [] : [`iifname "${device}"`]),
    ...(source === undefined ? [] : [`${family} saddr ${source}`]),
    `${family} daddr ${destination}`,
    protocol === 'icmp' ? what : `meta l4proto ${protocol}`,
    ...(port === undefined || protocol === 'icmp' ? [] : [`th dport ${String(port)}`]),
  ].join(' ')
}
