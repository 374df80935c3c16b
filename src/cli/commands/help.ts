/** weft help */
import { closest } from '../../api/closest.ts'
import { WeftError } from '../../core/errors.ts'
import { loadAllCommands } from '../all-commands.ts'
import { NOUNS } from '../command-table.ts'
import { declareCommand } from '../declare.ts'
import { formatCommandHelp, formatOverview } from '../views/help.ts'

export const command = declareCommand(
  {
    words: 'help',
    summary: 'what weft can do',
    arguments: [
      { name: 'NOUN', summary: 'a noun or a command', optional: true, completes: 'command' },
      { name: 'VERB', summary: 'and its verb, or another noun', optional: true },
      { name: 'MORE', summary: 'the verb of that one', optional: true },
    ],
    flags: {},
    examples: [
      ['weft help', 'every command in a line'],
      ['weft help net define', 'one command in full'],
    ],
    changes: false,
  },
  async ({ arguments: { NOUN: noun, VERB: verb, MORE: more } }, door) => {
    const declarations = (await loadAllCommands()).map(({ declaration }) => declaration)
    const words = [noun, verb, more].filter((word) => word !== undefined).join(' ')
    const one = declarations.find((declaration) => declaration.words === words)
    if (one !== undefined) door.show(one, formatCommandHelp(one))
    else if (noun === undefined || (Object.hasOwn(NOUNS, noun) && verb === undefined))
      door.show(declarations, formatOverview(declarations, noun))
    else throw unknown(words, [...declarations.map((each) => each.words), ...Object.keys(NOUNS)])
  },
)

function unknown(words: string, known: readonly string[]): WeftError {
  const near = closest(words, known)
  return new WeftError('invalid-argument', `there is no command '${words}'`, {
    hint: near === undefined ? 'weft help' : `did you mean 'weft help ${near}'?`,
  })
}
