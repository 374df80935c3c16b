/** What a filter's rule asks for and weft cannot do: it is refused by name where it is defined, never passed over. */
import { isOfFrames } from './filter-fields.ts'
import type { FilterField, FilterRule } from './filter-spec.ts'
import { isVariable } from './filter-values.ts'

/** Why. */
export const CANNOT: Readonly<Record<string, string>> = {
  'connlimit-above': 'weft counts no connections on its switches',
  ipset: 'nftables does not read sets of ipset: give the addresses as a parameter with several values',
  ipsetflags: 'nftables does not read sets of ipset: give the addresses as a parameter with several values',
  gratuitous: 'nftables cannot compare two fields of a frame',
  option: 'options of TCP are not looked at',
}

/** undefined: weft does all that it says. */
export function ruleProblem({ action, protocol, fields = [] }: FilterRule): string | undefined {
  if (protocol === undefined) return undefined
  const impossible = fields.find(({ name }) => Object.hasOwn(CANNOT, name))
  if (impossible !== undefined)
    return `attribute '${impossible.name}' of <${protocol}> is not supported: ${CANNOT[impossible.name] ?? ''}`
  if (action === 'reject' && !isOfFrames(protocol))
    return `action 'reject' with <${protocol}> is not supported, as not every kernel answers from a bridge: write action='drop'`
  return stateProblem(action, fields) ?? portProblem(protocol, fields)
}

function stateProblem(action: FilterRule['action'], fields: readonly FilterField[]): string | undefined {
  const states = fields.find(({ name }) => name === 'state')
  if (states === undefined) return undefined
  const { value, isNot } = states
  const instead = 'write NEW,ESTABLISHED, ESTABLISHED, ESTABLISHED,RELATED or NONE'
  const said = value.split(',')
  if (isNot === true) return `match='no' with state is not supported: ${instead}`
  if (said.includes('INVALID')) return `state 'INVALID' is not supported: ${instead}`
  if (said.includes('NEW') && !said.includes('ESTABLISHED'))
    return `state 'NEW' without ESTABLISHED is not supported: ${instead}`
  if (value === 'RELATED') return `state 'RELATED' alone is not supported: ${instead}`
  return action !== 'accept' && value !== 'NONE'
    ? `state '${value}' with action '${action}' is not supported: accept what is allowed, and drop the rest`
    : undefined
}

const WITH_PORTS = new Set(['tcp', 'udp', '33', '0x21', 'sctp'])

function portProblem(protocol: string, fields: readonly FilterField[]): string | undefined {
  const find = (name: string): FilterField | undefined => fields.find((each) => each.name === name)
  const hasPorts = fields.some(({ name }) => /^(src|dst)port/.test(name))
  if (protocol === 'ip' || protocol === 'ipv6') {
    const carried = find('protocol')
    if (hasPorts && (carried === undefined || carried.isNot === true || !WITH_PORTS.has(carried.value)))
      return 'IP rule with port specification requires protocol specification with protocol to be either one of tcp(6), udp(17), dccp(33), or sctp(132)'
  }
  for (const [from, to] of RANGES) {
    const [start, end] = [find(from), find(to)]
    if (end !== undefined && start === undefined) return `attribute '${to}' stands without '${from}'`
    if (start === undefined || end === undefined || isVariable(start.value) || isVariable(end.value)) continue
    if (/^\d|^0x/.test(start.value) && !start.value.includes('.') && Number(end.value) < Number(start.value))
      return `'${to}' is below '${from}'`
  }
  return undefined
}

/** The second goes with the first, and a mask with its address. */
export const RANGES: readonly (readonly [string, string])[] = [
  ['srcportstart', 'srcportend'],
  ['dstportstart', 'dstportend'],
  ['srcipfrom', 'srcipto'],
  ['dstipfrom', 'dstipto'],
  ['type', 'typeend'],
  ['code', 'codeend'],
  ['srcmacaddr', 'srcmacmask'],
  ['dstmacaddr', 'dstmacmask'],
  ['srcipaddr', 'srcipmask'],
  ['dstipaddr', 'dstipmask'],
  ['arpsrcipaddr', 'arpsrcipmask'],
  ['arpdstipaddr', 'arpdstipmask'],
  ...[
    'root-priority',
    'root-cost',
    'sender-priority',
    'port',
    'age',
    'max-age',
    'hello-time',
    'forward-delay',
  ].map((name) => [name, `${name}-hi`] as const),
  ['root-address', 'root-address-mask'],
  ['sender-address', 'sender-address-mask'],
]
