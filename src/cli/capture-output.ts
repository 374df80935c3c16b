/** Where the packets of `weft capture` go: lines for people, JSON lines for scripts, a pcap file for other programs. */
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import type { CaptureStream } from '../api/capture-stream.ts'
import { WeftError } from '../core/errors.ts'
import type { Door } from './declare.ts'
import { writeOut } from './output.ts'

/** Each line as tcpdump -tt has it: `1795290000.123456 IP 192.168.122.5 > ...`. */
export async function printCapture(door: Door, capture: CaptureStream): Promise<void> {
  endAtInterrupt(capture)
  const decoder = new TextDecoder()
  let pending = ''
  for await (const bytes of capture.packets) {
    const lines = `${pending}${decoder.decode(bytes, { stream: true })}`.split('\n')
    pending = lines.pop() ?? ''
    const shown = lines.map((line) => `${door.isJson ? JSON.stringify(readLine(line)) : formatLine(line)}\n`)
    if (shown.length > 0) writeOut(shown.join(''))
  }
  sayEnd(door, capture)
}

/** `-` is stdout. */
export async function writeCapture(door: Door, capture: CaptureStream, file: string): Promise<void> {
  endAtInterrupt(capture)
  const sink = file === '-' ? process.stdout : await openFile(file, capture)
  // Wireshark was closed: enough has been seen.
  if (file === '-') sink.on('error', capture.leave)
  for await (const bytes of capture.packets) {
    if (!sink.write(bytes)) await new Promise((resolve) => sink.once('drain', resolve))
  }
  if (file !== '-') await new Promise<void>((resolve) => sink.end(resolve))
  sayEnd(door, capture)
}

async function openFile(file: string, capture: CaptureStream): Promise<Writable> {
  const stream = createWriteStream(file)
  return new Promise((resolve, reject) => {
    stream.once('open', () => {
      resolve(stream)
    })
    stream.once('error', (error) => {
      capture.leave()
      reject(
        new WeftError('invalid-argument', `'${file}' cannot be written`, {
          details: [['it said', error.message]],
        }),
      )
    })
  })
}

/** The file is whole also then: what came is written. */
function endAtInterrupt(capture: CaptureStream): void {
  process.once('SIGINT', () => {
    capture.leave()
  })
}

function sayEnd(door: Door, capture: CaptureStream): void {
  const end = capture.end()
  if (end === undefined) return
  const why = { gone: `${capture.interface} has gone`, time: 'the time is over', ended: 'that is enough' }[
    end.because
  ]
  const lost = end.dropped === 0 ? '' : `; ${String(end.dropped)} more came faster than they could be read`
  door.say(`${String(end.captured)} packets, ${why}${lost}`)
}

interface Line {
  /** RFC 3339, to the microsecond. */
  readonly time: string
  readonly packet: string
}

export function readLine(line: string): Line {
  const [, seconds = '0', micros = '000000', packet = line] = /^(\d+)\.(\d{6}) (.*)$/.exec(line) ?? []
  return { time: new Date(Number(seconds) * 1000).toISOString().replace('.000Z', `.${micros}Z`), packet }
}

/** The time of day here: the day is today. The options of TCP would fill a second line each time. */
export function formatLine(line: string): string {
  const { time, packet } = readLine(line)
  const clock = new Date(time).toTimeString().slice(0, 8)
  return `${clock}.${time.slice(20, 23)} ${packet.replace(/, options \[[^\]]*\]/, '')}`
}
