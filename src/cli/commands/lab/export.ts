/** weft export */
import { WeftError } from '../../../core/errors.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'export',
    summary: "what is there, as a file for 'weft apply'",
    about:
      "A lab's name stands for all of it, a machine's for it and its networks. With --all the bare bridges and TAPs of this host are in it too, which weft has not made: " +
      'apply makes those that are missing, and touches no other. What weft chooses by itself (UUIDs, MACs of bridges) is left out; MACs of NICs stay.',
    arguments: [{ name: 'NAME', summary: 'labs, machines, networks', optional: true, rest: true }],
    flags: { all: { kind: 'switch', summary: 'everything, also bare bridges and TAPs of this host' } },
    examples: [
      ['weft export demo > demo.yaml', 'one lab, to apply it elsewhere'],
      ['weft export --all > host.yaml', 'everything that is here'],
    ],
    changes: false,
  },
  async ({ arguments: { NAME: names }, flags }, door) => {
    if ((names.length === 0) !== flags.all)
      throw new WeftError('invalid-argument', "'weft export' needs NAMEs, or --all, and not both", {
        hint: 'weft export NAME; weft lab list',
      })
    const query = { ...(flags.all ? {} : { names: names.join(' ') }) }
    const view = await ask(door, 'exportLab', { query })
    for (const note of view.notes) door.say(note)
    door.show(view, view.text)
  },
)
