/** weft capture */
import type { CaptureQuery } from '../../api/capture-stream.ts'
import { openCapture } from '../../api/capture-stream.ts'
import { WeftError } from '../../core/errors.ts'
import { printCapture, writeCapture } from '../capture-output.ts'
import { declareCommand } from '../declare.ts'
import { countOf, delayOf, given } from '../values.ts'

/** What a packet can have at most with offloading: nothing is cut off from what is written into a file. */
const WHOLE_PACKET = 262_144

export const command = declareCommand(
  {
    words: 'capture',
    summary: 'look at the packets of a guest, as they pass',
    about:
      'Prints one line a packet, or with -w writes a pcap file for Wireshark or tcpdump. Ends by itself after 10000 packets or 60 seconds unless told ' +
      'otherwise. Needs tcpdump on the host of weftd.',
    arguments: [
      {
        name: 'GUEST',
        summary: 'a machine, a namespace port or an interface; after a slash which NIC: web/nic1, web/lab',
        completes: 'guest',
      },
    ],
    flags: {
      write: {
        kind: 'text',
        short: 'w',
        value: 'FILE',
        summary: 'write a pcap file; - is stdout',
        completes: 'file',
      },
      filter: {
        kind: 'text',
        value: 'EXPRESSION',
        summary: "only these packets, in tcpdump's words: icmp, port 53",
      },
      count: { kind: 'text', value: 'N', summary: 'packets at most; default 10000' },
      seconds: { kind: 'text', value: 'N', summary: 'how long at most; default 60' },
      snaplen: { kind: 'text', value: 'N', summary: 'bytes kept of each packet; default 256, with -w all' },
    },
    examples: [
      ['weft capture web', 'one line a packet until Ctrl-C'],
      ["weft capture web --filter 'arp or port 67' --count 20", 'how a guest gets its address'],
      ['weft capture web/lab -w lab.pcap --seconds 600', 'ten minutes of its second network into a file'],
      ['weft capture web -w - | wireshark -k -i -', 'live in Wireshark'],
    ],
    changes: false,
  },
  async ({ arguments: { GUEST: guest }, flags }, door) => {
    if (flags.write === '-' && door.width !== undefined)
      throw new WeftError('invalid-argument', 'a pcap file would only make a mess of this terminal', {
        hint: `weft capture ${guest} -w FILE, or: weft capture ${guest} -w - | wireshark -k -i -`,
      })
    const snapLength = flags.snaplen === undefined ? undefined : countOf(flags.snaplen, '--snaplen')
    const query: CaptureQuery = given({
      filter: flags.filter,
      count: flags.count === undefined ? undefined : countOf(flags.count, '--count'),
      seconds: flags.seconds === undefined ? undefined : secondsOf(flags.seconds),
      snapLength: snapLength ?? (flags.write === undefined ? undefined : WHOLE_PACKET),
      format: flags.write === undefined ? ('text' as const) : ('pcap' as const),
    })
    const capture = await openCapture(door.connection, guest, query)
    if (capture.others.length > 0)
      door.say(`this is ${capture.interface}; ${guest} is also plugged in as ${capture.others.join(', ')}`)
    if (flags.write === undefined) await printCapture(door, capture)
    else await writeCapture(door, capture, flags.write)
    return undefined
  },
)

/** `60`, `60s`, `5m`. */
function secondsOf(text: string): number {
  return /^\d+$/.test(text)
    ? countOf(text, '--seconds')
    : Math.max(1, Math.round(delayOf(text, '--seconds') / 1000))
}
