/** weft events */
import { followEvents } from '../../api/streams.ts'
import { declareCommand } from '../declare.ts'
import { writeOut } from '../output.ts'

export const command = declareCommand(
  {
    words: 'events',
    summary: 'print what happens, as it happens, until Ctrl-C',
    arguments: [],
    flags: {},
    examples: [
      ['weft events', 'one line an event'],
      ['weft events --json', 'one JSON object a line'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const leave = new AbortController()
    process.on('SIGINT', () => {
      leave.abort()
    })
    const print = (event: unknown): void => {
      writeOut(`${door.isJson ? JSON.stringify(event) : describe(event)}\n`)
    }
    await followEvents(door.connection, print, leave.signal)
    if (!leave.signal.aborted) door.say('weftd has ended the stream')
    return undefined
  },
)

/** `network default started`: the values of the event in their order say it, where there are any. */
function describe(event: unknown): string {
  return Object.values(event as Record<string, unknown>)
    .filter((value) => value !== null)
    .map(String)
    .join(' ')
}
