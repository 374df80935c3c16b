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
    flags: {
      file: {
        kind: 'text',
        short: 'f',
        value: 'FILE',
        summary: "a lab's file: what differs between it and what is there",
        completes: 'file',
      },
      script: { kind: 'switch', summary: 'print the commands that did it, with their reasons' },
    },
    examples: [
      ['weft diff', 'what the last change did'],
      ['weft diff -f lab.yaml', 'definitions as they are (-) and as the file has them (+)'],
      ['weft diff 3 --script', 'the commands of change 3'],
    ],
    changes: false,
  },
  async ({ arguments: { CHANGE: given }, flags }, door) => {
    if (flags.file !== undefined) return showLabDiff(flags.file, door)
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

async function showLabDiff(file: string, door: Parameters<typeof ask>[0]): Promise<undefined> {
  const { sendLab } = await import('../lab-file.ts')
  const flags = { file, adopt: true, restart: false, 'delete-disks': false }
  const view = await sendLab(door, flags, { words: 'diff', dryRun: true, diff: true })
  const { formatLines } = await import('../views/diff.ts')
  const same = `Lab ${view.lab} is as its file says\n`
  door.show(view, view.diff.length === 0 ? same : formatLines(view.diff, door.hasColour))
}
