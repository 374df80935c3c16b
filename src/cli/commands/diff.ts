/** weft diff */
import { ask } from '../ask.ts'
import { declareCommand } from '../declare.ts'
import { WeftError } from '../../core/errors.ts'
import { countOf } from '../values.ts'

export const command = declareCommand(
  {
    words: 'diff',
    summary: 'what a change did to this host: before and after',
    about:
      'Shows links, bridges, addresses, routes, sysctls, firewall and processes as they were (-) and as they are after it (+).',
    arguments: [
      {
        name: 'CHANGE',
        summary: 'its number in the history; default: the last',
        optional: true,
        completes: 'change',
      },
    ],
    flags: { script: { kind: 'switch', summary: 'print the commands that did it, with their reasons' } },
    examples: [
      ['weft diff', 'what the last change did'],
      ['weft diff 3 --script', 'the commands of change 3'],
    ],
    changes: false,
  },
  async ({ arguments: { CHANGE: given }, flags }, door) => {
    const number = given === undefined ? await lastNumber(door) : String(countOf(given, 'CHANGE'))
    const change = await ask(door, 'showChange', { params: { number } })
    const { formatDiff } = await import('../views/diff.ts')
    door.show(change, flags.script ? change.script : formatDiff(change, door.hasColour))
  },
)

async function lastNumber(door: Parameters<typeof ask>[0]): Promise<string> {
  const last = (await ask(door, 'history', {})).at(-1)
  if (last === undefined)
    throw new WeftError('not-found', 'nothing has been changed yet', { hint: 'weft net list' })
  return String(last.number)
}
