/** weft vm delete */
import { change } from '../../ask.ts'
import { declareCommand, type Door } from '../../declare.ts'
import { askPerson } from '../../person.ts'

export const command = declareCommand(
  {
    words: 'vm delete',
    summary: 'forget a machine; its disks stay unless you say otherwise',
    about:
      'A disk is its own when it lies in a pool, no other machine names it, and no other disk begins with it. At a terminal you are asked before disks are deleted.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      force: { kind: 'switch', summary: 'also when it runs: it is killed first' },
      disks: { kind: 'switch', summary: 'delete the disks that are its own, and what is on them' },
      yes: { kind: 'switch', short: 'y', summary: 'do not ask' },
    },
    examples: [
      ['weft vm delete web', 'forget the definition; refused while it runs'],
      ['weft vm delete web --disks', 'and delete its disks, after a question'],
      ['weft vm delete web --dry-run', 'which file would go'],
    ],
    changes: true,
  },
  async ({ arguments: { VM: name }, flags }, door) => {
    const query = {
      ...(flags.force ? { force: true } : {}),
      ...(flags.disks ? { disks: true } : {}),
    }
    const isAsked = flags.disks && !flags.yes && !door.isDryRun && !door.isJson && process.stdin.isTTY
    if (isAsked && !(await agrees(door, name, query))) return undefined
    return change(door, 'deleteVm', { params: { name }, query }, { deleted: `Machine ${name} deleted` })
  },
)

async function agrees(door: Door, name: string, query: { readonly force?: boolean }): Promise<boolean> {
  const { call } = await import('../../../api/client.ts')
  const input = { params: { name }, query: { ...query, disks: true, dryRun: true } }
  const { notes } = await call(door.connection, 'deleteVm', input)
  for (const note of notes) door.say(note)
  if (notes.every((note) => note.startsWith('its disk is kept'))) return true
  const isYes = (await askPerson(`Delete machine ${name}, and what is on its disks? [y/N] `)).startsWith('y')
  if (!isYes) door.say('nothing was deleted')
  return isYes
}
