/** What a machine is made of, from libvirt's elements: how many processors and how much memory, its TPM, its screen. */
import type { HardwareSpec, VideoCard } from '../../../core/vm/hardware-spec.ts'
import type { Reading } from '../element-shape.ts'
import { given } from '../given.ts'
import { complain, readNumber } from '../read-value.ts'
import type { DevicesData, DomainData } from './domain-element.ts'
import { readMiB } from './read-size.ts'

interface Sizes extends Pick<HardwareSpec, 'maxCpus' | 'topology' | 'maxMemoryMiB'> {
  readonly cpus: number
  readonly memoryMiB: number
}

export function readSizes(data: DomainData, reading: Reading): Sizes {
  const { vcpu, cpu } = data
  if (vcpu?.cpuset !== undefined)
    complain(reading, 'vcpu.cpuset', 'weft does not pin processors: the kernel places them', 'leave it out')
  const most = readNumber(vcpu?.text, 'vcpu', reading) ?? 1
  const cpus = readNumber(vcpu?.current, 'vcpu.current', reading) ?? most
  return {
    cpus,
    ...readMemory(data, reading),
    ...given({
      maxCpus: most === cpus ? undefined : most,
      topology: readTopology(cpu?.topology, reading),
    }),
  }
}

/**
 * libvirt's `<currentMemory>` is what a machine begins with, `<memory>` what it may have: it gives the difference to the balloon, weft has
 * it plugged in. `<maxMemory>` is room beyond both.
 */
function readMemory(
  { memory, currentMemory, maxMemory }: DomainData,
  reading: Reading,
): Pick<Sizes, 'memoryMiB' | 'maxMemoryMiB'> {
  const most = readMiB(memory, 'memory', reading) ?? 0
  const memoryMiB = Math.min(readMiB(currentMemory, 'currentMemory', reading) ?? most, most)
  const maxMemoryMiB = Math.max(readMiB(maxMemory, 'maxMemory', reading) ?? 0, most)
  return maxMemoryMiB === memoryMiB ? { memoryMiB } : { memoryMiB, maxMemoryMiB }
}

function readTopology(
  topology: NonNullable<DomainData['cpu']>['topology'],
  reading: Reading,
): HardwareSpec['topology'] {
  if (topology === undefined) return undefined
  const read = (name: 'sockets' | 'dies' | 'clusters' | 'cores' | 'threads'): number =>
    readNumber(topology[name], `cpu.topology.${name}`, reading) ?? 1
  for (const name of ['dies', 'clusters'] as const)
    if (read(name) !== 1)
      complain(reading, `cpu.topology.${name}`, `weft gives a socket one of its ${name}`, `${name}='1'`)
  return { sockets: read('sockets'), cores: read('cores'), threads: read('threads') }
}

export function readTpm({ tpm }: DevicesData, reading: Reading): true | undefined {
  if (tpm === undefined) return undefined
  const { model = 'tpm-crb', backend: { type = 'emulator', version = '2.0' } = {} } = tpm
  const refuse = (at: string, message: string, hint: string): void => {
    complain(reading, `devices.tpm.${at}`, message, hint)
  }
  if (model !== 'tpm-crb') refuse('model', `a TPM of model '${model}' is not supported`, "model='tpm-crb'")
  if (type !== 'emulator')
    refuse('backend.type', `a TPM of type '${type}' is not supported`, "type='emulator'")
  if (version !== '2.0')
    refuse('backend.version', `version ${version} of TPMs is not supported`, "version='2.0'")
  return true
}

const CARDS: Readonly<Record<string, VideoCard | 'vga'>> = {
  vga: 'vga',
  virtio: 'virtio',
  qxl: 'qxl',
  none: 'none',
}

/** Of a `<video>` as it stands: kept whole, for its memory and its number of heads. */
export const cardOf = (xml: string): string =>
  /<model\b[^>]*?\stype\s*=\s*["']([^"']*)["']/.exec(xml)?.[1] ?? 'vga'

export function readVideo({ video = [] }: DevicesData, reading: Reading): HardwareSpec['video'] {
  const [first, second] = video
  if (second !== undefined)
    complain(reading, 'devices.video[1]', 'a machine has one video card', 'leave it out')
  const model = first === undefined ? 'vga' : cardOf(first.xml)
  const card = Object.hasOwn(CARDS, model) ? CARDS[model] : undefined
  if (card === undefined)
    complain(
      reading,
      'devices.video[0]',
      `a video card of model '${model}' is not supported`,
      'vga, virtio, qxl or none',
    )
  return card === 'vga' ? undefined : card
}

const HOSTS_OWN = ['127.0.0.1', '::1', 'localhost']

/** Which socket it is seen on is weft's choice, and that it is one; a definition that wants it on the network is refused. */
export function readDisplay({ graphics }: DevicesData, reading: Reading): HardwareSpec['display'] {
  if (graphics === undefined) return undefined
  const path = 'devices.graphics'
  const { type = '', port = '-1', tlsPort = '-1', autoport, listen, gl } = graphics
  const refuse = (at: string, message: string): void => {
    complain(reading, `${path}.${at}`, message, 'leave it out; weft vm display tells what to type')
  }
  const socketOnly = 'the screen is on a unix socket that only root may connect to'
  if (gl?.enable === 'yes') refuse('gl', 'weft draws without the graphics card of the host')
  if (port !== '-1' && autoport !== 'yes') refuse('port', `${socketOnly}, and not on port ${port}`)
  if (tlsPort !== '-1' && autoport !== 'yes') refuse('tlsPort', `${socketOnly}, and not on port ${tlsPort}`)
  const attribute = graphics['@listen']
  if (attribute !== undefined && !HOSTS_OWN.includes(attribute))
    refuse('@listen', `${socketOnly}, and not on '${attribute}'`)
  for (const [i, { type: kind, address, network }] of (listen ?? []).entries()) {
    const where = kind === 'network' ? network : address
    if (where !== undefined && !HOSTS_OWN.includes(where) && kind !== 'socket')
      refuse(`listen[${String(i)}]`, `${socketOnly}, and not on '${where}'`)
  }
  if (type === 'vnc' || type === 'spice') return { kind: type }
  complain(reading, `${path}.type`, `a screen of type '${type}' is not supported`, 'vnc or spice')
  return undefined
}
