/** One NIC in a word, as `--net` takes it: `default`, `default,ip=192.168.122.50`, `default,portgroup=fast,in=1000/5000/1024,out=500`. */
import { parseIpv4 } from '../address/ipv4.ts'
import { parseIpv6 } from '../address/ipv6.ts'
import { parseMac } from '../address/mac.ts'
import { WeftError } from '../errors.ts'
import type { NicDevice, NicRate } from './spec.ts'

/** Where it names no MAC one is chosen. */
export type NetWord = Omit<NicDevice, 'mac' | 'model'> & Partial<Pick<NicDevice, 'mac' | 'model'>>

type Said = Omit<NetWord, 'network' | 'bandwidth'> & {
  readonly inbound?: NicRate
  readonly outbound?: NicRate
}

const HINT =
  'write NETWORK, with ,mac=MAC ,ip=ADDRESS ,model=virtio|e1000|e1000e|rtl8139 ,boot=N ,portgroup=NAME ,in=KBYTES ,out=KBYTES ,isolated as needed: default,ip=192.168.122.50'

/** A bare MAC may stand after the network's name. */
export function parseNet(word: string): NetWord {
  const [network = '', ...rest] = word.split(',')
  let said: Said = {}
  for (const [position, text] of rest.entries()) {
    const [key, value] = keyAndValue(text, position)
    const known = readOption(key, value)
    if (known === undefined) throw refusal(word, text === '' ? 'ends with a comma' : `has '${text}'`)
    if (Object.keys(known).some((each) => each in said)) throw refusal(word, `says its ${key} twice`)
    said = { ...said, ...known }
  }
  const { inbound, outbound, ...nic } = said
  const bandwidth = { ...(inbound && { inbound }), ...(outbound && { outbound }) }
  return { network, ...nic, ...(inbound === undefined && outbound === undefined ? {} : { bandwidth }) }
}

function keyAndValue(text: string, position: number): [string, string] {
  const at = text.indexOf('=')
  if (text === 'isolated') return [text, '']
  return at < 0 && position === 0 ? ['mac', text] : [text.slice(0, Math.max(at, 0)), text.slice(at + 1)]
}

/** `ip` takes either family: a NIC may have one of each. */
function readOption(key: string, value: string): Said | undefined {
  const [mac, ip, ip6, rate] = [parseMac(value), parseIpv4(value), parseIpv6(value), readRate(value)]
  switch (key) {
    case 'mac':
      return mac && { mac }
    case 'ip':
      return ip === undefined ? ip6 && { ip6 } : { ip }
    case 'model':
      return isModel(value) ? { model: value } : undefined
    case 'boot':
      return /^[1-9]\d{0,2}$/.test(value) ? { bootOrder: Number(value) } : undefined
    case 'portgroup':
      return value === '' ? undefined : { portgroup: value }
    case 'isolated':
      return value === '' ? { isIsolated: true } : undefined
    case 'in':
      return rate && { inbound: rate }
    case 'out':
      return rate && { outbound: rate }
    default:
      return undefined
  }
}

const MODELS: readonly string[] = [
  'virtio',
  'e1000',
  'e1000e',
  'rtl8139',
] satisfies readonly NicDevice['model'][]
const isModel = (word: string): word is NicDevice['model'] => MODELS.includes(word)

/** `AVERAGE`, `AVERAGE/PEAK` or `AVERAGE/PEAK/BURST` in libvirt's units; a peak or burst of 0 is none. */
function readRate(text: string): NicRate | undefined {
  if (!/^[1-9]\d{0,9}(\/\d{1,10}){0,2}$/.test(text)) return undefined
  const [average = 0, peak = 0, burst = 0] = text.split('/').map(Number)
  return { average, ...(peak > 0 ? { peak } : {}), ...(burst > 0 ? { burst } : {}) }
}

function refusal(word: string, what: string): WeftError {
  return new WeftError('invalid-argument', `'${word}' is not a network to plug into: it ${what}`, {
    hint: HINT,
  })
}
