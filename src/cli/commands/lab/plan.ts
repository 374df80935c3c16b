/** weft plan */
import { declareCommand } from '../../declare.ts'
import { LAB_FLAGS, sendLab } from '../../lab-file.ts'
import { formatLab } from '../../views/lab.ts'

export const command = declareCommand(
  {
    words: 'plan',
    summary: "what 'weft apply' would change, without changing anything",
    about:
      'A lab is a file with networks and machines, each in the words of its own definition. With --script it is told as the commands of ' +
      "weft's that do the same: what each of them runs in turn hangs on what those before it have made, and its own --dry-run shows it.",
    arguments: [],
    flags: {
      ...LAB_FLAGS,
      script: { kind: 'switch', summary: 'print the weft commands that would do the same, one by one' },
    },
    examples: [
      ['weft plan -f lab.yaml', 'what would come (+), change (~) and go (-)'],
      ['weft plan -f lab.yaml --script', 'as commands of weft with their definitions'],
      ['weft plan -f lab.yaml --json', 'the same for a script'],
    ],
    changes: false,
  },
  async ({ flags }, door) => {
    const view = await sendLab(door, flags, { words: 'plan', dryRun: true, script: flags.script })
    for (const note of view.notes) door.say(note)
    door.show(view, flags.script ? view.script : formatLab(view, { hasColour: door.hasColour, isPlan: true }))
  },
)
