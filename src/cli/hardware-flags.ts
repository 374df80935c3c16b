/** What a machine is made of, as flags of `weft vm create` and `weft vm set`. */
import type { HardwareRequest, SetHardwareRequest } from '../api/hardware-requests.ts'
import { WeftError } from '../core/errors.ts'
import { given, memoryOf } from './values.ts'

export const HARDWARE_FLAGS = {
  cpus: {
    kind: 'text',
    value: 'N',
    summary: 'virtual processors, with ,max= (while it runs) ,sockets= ,cores= and ,threads= as needed',
  },
  memory: { kind: 'text', value: 'SIZE', summary: 'as 2G or 512M; a plain number is MiB' },
  'max-memory': { kind: 'text', value: 'SIZE', summary: 'how much it may be given while it runs' },
  display: {
    kind: 'text',
    value: 'KIND',
    choices: ['vnc', 'spice', 'none'],
    summary: 'its screen on a unix socket; default vnc, but none for a kernel or a cloud image',
  },
  video: {
    kind: 'text',
    value: 'MODEL',
    choices: ['vga', 'virtio', 'qxl', 'none'],
    summary: 'its video card: vga (default), virtio, qxl (for SPICE), or none',
  },
} as const

export interface HardwareFlags {
  readonly cpus: string | undefined
  readonly memory: string | undefined
  readonly 'max-memory': string | undefined
  readonly display: string | undefined
  readonly video: string | undefined
}

export function hardwareOf(flags: HardwareFlags): SetHardwareRequest {
  return given({
    ...(flags.cpus === undefined ? {} : cpusOf(flags.cpus)),
    memoryMiB: flags.memory === undefined ? undefined : memoryOf(flags.memory, '--memory'),
    maxMemoryMiB:
      flags['max-memory'] === undefined ? undefined : memoryOf(flags['max-memory'], '--max-memory'),
    display: flags.display as HardwareRequest['display'] | undefined,
    video: flags.video as HardwareRequest['video'] | undefined,
  })
}

const KEYS = ['max', 'sockets', 'cores', 'threads'] as const

/** A topology that is larger than what is asked for is room for more. Sockets are as many as it takes where they are not named. */
export function cpusOf(word: string): Pick<SetHardwareRequest, 'cpus' | 'maxCpus' | 'topology'> {
  const [first = '', ...rest] = word.split(',')
  const cpus = readCount(first)
  if (cpus === undefined) throw refusal(word, `begins with '${first}'`)
  const said: Partial<Record<(typeof KEYS)[number], number>> = {}
  for (const option of rest) {
    const [name = '', value = ''] = option.split('=')
    const key = KEYS.find((each) => each === name)
    const count = readCount(value)
    if (key === undefined || count === undefined) throw refusal(word, `has '${option}'`)
    if (said[key] !== undefined) throw refusal(word, `says its ${key} twice`)
    said[key] = count
  }
  const { max, cores = 1, threads = 1 } = said
  if (KEYS.every((key) => key === 'max' || said[key] === undefined))
    return max === undefined ? { cpus } : { cpus, maxCpus: max }
  const sockets = said.sockets ?? Math.ceil((max ?? cpus) / (cores * threads))
  return { cpus, maxCpus: max ?? sockets * cores * threads, topology: { sockets, cores, threads } }
}

const readCount = (text: string): number | undefined =>
  /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined

function refusal(word: string, what: string): WeftError {
  return new WeftError('invalid-argument', `'${word}' is no number for --cpus: it ${what}`, {
    hint: '--cpus 4, with ,max=8 ,sockets=1 ,cores=4 ,threads=2 as needed',
  })
}
