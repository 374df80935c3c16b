/** weft apply */
import { declareCommand } from '../../declare.ts'
import { LAB_FLAGS, sendLab } from '../../lab-file.ts'
import { formatLab } from '../../views/lab.ts'

export const command = declareCommand(
  {
    words: 'apply',
    summary: 'make a lab what its file says',
    about:
      'Only what differs is changed, as one change: wholly or not at all, and weft undo takes it back. What was in the file before and is not ' +
      'any more is removed; disks stay. Nothing that belongs to no lab, or to another, is touched.',
    arguments: [],
    flags: LAB_FLAGS,
    examples: [
      ['weft apply -f lab.yaml', 'a second time it changes nothing'],
      ['weft apply -f lab.yaml --dry-run', 'the same as weft plan'],
      ['weft apply -f lab.yaml --adopt', 'take over what is there under these names'],
    ],
    changes: true,
  },
  async ({ flags }, door) => {
    const view = await sendLab(door, flags, { words: 'apply', dryRun: door.isDryRun })
    if (!door.isJson) for (const note of view.notes) door.say(note)
    door.show(view, formatLab(view, { hasColour: door.hasColour, isPlan: door.isDryRun }))
    if (view.change !== null && door.width !== undefined && !door.isJson)
      door.say(`(change ${String(view.change)}: 'weft undo' takes it back)`)
  },
)
