/** weft vm console: the serial line of a machine in this terminal */
import type { Duplex } from 'node:stream'
import { openConsole } from '../../../api/streams.ts'
import { declareCommand } from '../../declare.ts'

/** Ctrl-], as telnet and virsh have it. */
const LEAVE = 0x1d

export const command = declareCommand(
  {
    words: 'vm console',
    summary: 'the serial console of a running machine; Ctrl-] leaves it',
    about:
      'Leaving does not stop the guest. What the guest printed lately is shown first. Several may look at once.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {},
    examples: [
      ['weft vm console web', 'log in to the guest; Ctrl-] leaves'],
      ['weft vm console web < /dev/null', 'only listen'],
    ],
    changes: false,
  },
  async ({ arguments: { VM: name } }, door) => {
    const stream = await openConsole(door.connection, name)
    door.say(`Connected to machine ${name}. Ctrl-] leaves; the guest runs on.`)
    const end = await joinTerminal(stream)
    door.say(end === 'left' ? `\nLeft the console; ${name} runs on.` : `\nThe console of ${name} has ended.`)
    return undefined
  },
)

function joinTerminal(stream: Duplex): Promise<'left' | 'ended'> {
  const { stdin, stdout } = process
  return new Promise((resolve) => {
    const finish = (end: 'left' | 'ended'): void => {
      if (stdin.isTTY) stdin.setRawMode(false)
      stdin.pause()
      stream.destroy()
      resolve(end)
    }
    stream.on('data', (bytes: Buffer) => stdout.write(bytes))
    stream.on('close', () => {
      finish('ended')
    })
    stream.on('error', () => {
      finish('ended')
    })
    stdout.on('error', () => {
      finish('left')
    })
    if (stdin.isTTY) stdin.setRawMode(true)
    stdin.on('data', (bytes: Buffer) => {
      const at = stdin.isTTY ? bytes.indexOf(LEAVE) : -1
      if (at === -1) stream.write(bytes)
      else finish('left')
    })
    // Not a terminal: when the pipe ends, go on listening.
  })
}
