/** One NIC in a word, as `--net` takes it: `default`, `default,52:54:00:00:00:01`, `default,ip=192.168.122.50`. */
import { parseIpv4, type Ipv4Address } from '../address/ipv4.ts'
import { parseIpv6, type Ipv6Address } from '../address/ipv6.ts'
import { parseMac, type MacAddress } from '../address/mac.ts'
import { WeftError } from '../errors.ts'

export interface NetWord {
  readonly network: string
  readonly mac?: MacAddress
  readonly ip?: Ipv4Address
  readonly ip6?: Ipv6Address
}

const HINT = 'write NETWORK, with ,mac=MAC and ,ip=ADDRESS as needed: default,ip=192.168.122.50'

/** A bare MAC may stand after the network's name. */
export function parseNet(word: string): NetWord {
  const [network = '', ...rest] = word.split(',')
  let nic: NetWord = { network }
  for (const [position, text] of rest.entries()) {
    const [key, value] = keyAndValue(text, position)
    const known = readOption(key, value)
    if (known === undefined) throw refusal(word, text === '' ? 'ends with a comma' : `has '${text}'`)
    if (Object.keys(known).some((each) => each in nic)) throw refusal(word, `says its ${key} twice`)
    nic = { ...nic, ...known }
  }
  return nic
}

function keyAndValue(text: string, position: number): [string, string] {
  const at = text.indexOf('=')
  return at < 0 && position === 0 ? ['mac', text] : [text.slice(0, Math.max(at, 0)), text.slice(at + 1)]
}

/** `ip` takes either family: a NIC may have one of each. */
function readOption(key: string, value: string): Omit<NetWord, 'network'> | undefined {
  if (key === 'mac') {
    const mac = parseMac(value)
    return mac && { mac }
  }
  if (key !== 'ip') return undefined
  const [ip, ip6] = [parseIpv4(value), parseIpv6(value)]
  return ip === undefined ? ip6 && { ip6 } : { ip }
}

function refusal(word: string, what: string): WeftError {
  return new WeftError('invalid-argument', `'${word}' is not a network to plug into: it ${what}`, {
    hint: HINT,
  })
}
