/** Mistakes in a definition that libvirt knows as well: its code and its words for them. For others weft's own words are told. */
import { WeftError, type Problem } from '../../core/errors.ts'
import { fail, type FailureKind, type From } from './failures.ts'

export type TextKind = 'network' | 'domain'

/** What the text is told by; of two mistakes that rule counts which stands first here, as libvirt stops at its first. */
interface Rule {
  readonly of?: TextKind
  /** Of `path: message`. */
  readonly like: RegExp
  readonly kind: FailureKind
  readonly from?: From
  readonly say: (found: readonly string[], xml: string) => string
}

const RULES: readonly Rule[] = [
  {
    like: /^<(.+)>: this is a <.+>, not a <(.+)>$/,
    kind: 'xml',
    from: 'xml',
    say: ([, given = '', wanted = '']) => `expecting root element of '${wanted}', not '${given}'`,
  },
  { like: /^name: the (network|machine) has no name$/, kind: 'noName', say: () => '' },
  { like: /^uuid: '.*' is not a UUID$/, kind: 'internal', from: 'xml', say: () => 'malformed uuid element' },
  {
    of: 'network',
    like: /^name: '[^']*\/[^']*' cannot be the name/,
    kind: 'xmlDetail',
    from: 'xml',
    say: () => 'invalid char in name: /',
  },
  {
    of: 'network',
    like: /^mac\.address: ('.*') is not a MAC address$/,
    kind: 'xml',
    say: ([, given = ''], xml) => `Invalid bridge mac address ${given} in network '${nameIn(xml)}'`,
  },
  {
    of: 'network',
    like: /^forward\.mode: ('.*') is no forward mode$/,
    kind: 'unsupportedConfig',
    say: ([, given = '']) => `unknown forwarding type ${given}`,
  },
  {
    of: 'network',
    like: /^ip\[\d+\]\.address: ('.*') is not an IPv. address$/,
    kind: 'xml',
    say: ([, given = ''], xml) => `Invalid address ${given} in network '${nameIn(xml)}'`,
  },
  {
    of: 'network',
    like: /^ip\[\d+\]\.prefix: ('.*') is not a prefix of 0 to (32|128)$/,
    kind: 'unsupportedConfig',
    say: ([, given = '', most = ''], xml) =>
      `Invalid ${most === '32' ? 'IPv4' : 'IPv6'} prefix ${given} in network '${nameIn(xml)}'`,
  },
  {
    of: 'network',
    like: /^ips\[(\d+)\]\.dhcp\.ranges\[\d+\]: the range (\S+) to (\S+) is not inside \S+\/(\d+)$/,
    kind: 'internal',
    say: ([, index = '0', start = '', end = '', prefix = ''], xml) =>
      `range ${start} - ${end} is not entirely within network ${addressIn(xml, Number(index))}/${prefix}`,
  },
  {
    of: 'network',
    like: /^bridge\.name: the bridge name ('.*') belongs to network '.*'$/,
    kind: 'internal',
    say: ([, bridge = '']) => `bridge name ${bridge} already in use.`,
  },
  {
    of: 'network',
    like: /^uuid: network ('.*') exists already, with the UUID (\S+)$/,
    kind: 'failed',
    say: ([, name = '', uuid = '']) => `network ${name} already exists with uuid ${uuid}`,
  },
  {
    of: 'network',
    like: /^uuid: network ('.*') has this UUID already$/,
    kind: 'failed',
    say: ([, name = ''], xml) => `network ${name} is already defined with uuid ${uuidIn(xml)}`,
  },
  {
    of: 'domain',
    like: /^: <domain> has no <memory>$/,
    kind: 'xml',
    say: () => 'Memory size must be specified via <memory> or in the <numa> configuration',
  },
  {
    of: 'domain',
    like: /^: <domain> has no <os> with a <type>$/,
    kind: 'xml',
    say: () => 'an os <type> must be specified',
  },
  {
    of: 'domain',
    like: /^type: domain type '(.*)' is not QEMU's$/,
    kind: 'unsupportedConfig',
    say: ([, given = '']) => `invalid domain type ${given}`,
  },
  {
    of: 'domain',
    like: /^memory\.unit: ('.*') is no unit of memory$/,
    kind: 'invalidArgument',
    say: ([, given = '']) => `unknown suffix ${given}`,
  },
  {
    of: 'domain',
    like: /^memory: memory is a number, not ('.*')$/,
    kind: 'xml',
    say: ([, given = '']) => `Invalid value ${given} for element or attribute './memory[1]'`,
  },
  {
    of: 'domain',
    like: /^vcpu: vcpu is a number/,
    kind: 'xml',
    say: () => 'maximum vcpus count must be an integer',
  },
  {
    of: 'domain',
    like: /^os\.type\.arch: architecture '(.*)' is not supported$/,
    kind: 'unsupportedConfig',
    say: ([, given = '']) => `Unknown architecture ${given}`,
  },
  {
    of: 'domain',
    like: /^: machine ('.*') exists already with the UUID (\S+)$/,
    kind: 'failed',
    say: ([, name = '', uuid = '']) => `domain ${name} already exists with uuid ${uuid}`,
  },
  {
    of: 'domain',
    like: /^: machine ('.*') has the UUID (\S+) already$/,
    kind: 'failed',
    say: ([, name = '', uuid = '']) => `domain ${name} is already defined with uuid ${uuid}`,
  },
]

/** Undefined where libvirt has no words of its own for any of them. */
export function knownMistake(of: TextKind, xml: string, problems: readonly Problem[]): Error | undefined {
  const [first] = problems
  if (first?.path === 'XML')
    return fail('xmlDetail', 'xml', `(${of}_definition):${String(first.line ?? 1)}: ${first.message}`)
  for (const rule of RULES) {
    if (rule.of !== undefined && rule.of !== of) continue
    for (const { path, message } of problems) {
      const found = rule.like.exec(`${path}: ${message}`)
      if (found !== null) return fail(rule.kind, rule.from ?? of, rule.say(found, xml))
    }
  }
  return undefined
}

/** What a use case refuses of the definition, in libvirt's words where it has some. */
export async function withKnownMistakes<T>(of: TextKind, xml: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof WeftError)) throw error
    const { message, problems } = error
    throw knownMistake(of, xml, problems.length > 0 ? problems : [{ path: '', message }]) ?? error
  }
}

const nameIn = (xml: string): string => /<name>\s*(.*?)\s*<\/name>/s.exec(xml)?.[1] ?? ''
const uuidIn = (xml: string): string => /<uuid>\s*(.*?)\s*<\/uuid>/s.exec(xml)?.[1] ?? ''
const addressIn = (xml: string, index: number): string =>
  [...xml.matchAll(/<ip\b[^>]*\baddress=['"]([^'"]*)/g)][index]?.[1] ?? ''
