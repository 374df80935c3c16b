/** weft net edit: the definition in $EDITOR, its plan, and a question */
import { call } from '../../../api/client.ts'
import { declareCommand } from '../../declare.ts'
import type { Door } from '../../declare.ts'
import { editDefinition, type Way } from '../../edit.ts'
import { showChange } from '../../views/change.ts'

export const command = declareCommand(
  {
    words: 'net edit',
    summary: 'change a network in an editor, while it runs',
    about:
      'Opens $VISUAL, $EDITOR or vi. What is saved is checked; its plan is shown, with who would notice what, and nothing is changed ' +
      'before you say yes. Without a terminal the plan is carried out at once. A network that runs becomes as defined without stopping; ' +
      'where that cannot be, it says so, and keeps the definition for the next start if you want.',
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: {
      xml: { kind: 'switch', summary: 'as libvirt XML; default is YAML' },
      config: { kind: 'switch', summary: 'only the definition: a network that runs goes on as it is' },
    },
    examples: [
      ['weft net edit default', 'as YAML'],
      ['EDITOR=nano weft net edit default --xml', 'as libvirt XML, in nano'],
    ],
    changes: true,
  },
  async ({ arguments: { NETWORK: name }, flags }, door) => {
    const format = flags.xml ? 'xml' : 'yaml'
    const { text } = await call(door.connection, 'networkDefinition', { params: { name }, query: { format } })
    const later = wayOf(door, name, {})
    const draft = { name, text, format } as const
    if (flags.config) await editDefinition(door, { ...draft, now: later })
    else await editDefinition(door, { ...draft, now: wayOf(door, name, { live: true }), later })
    return undefined
  },
)

/** `live`: a network that runs is changed as well. */
function wayOf(door: Door, name: string, query: { readonly live?: boolean }): Way {
  return {
    plan: (body) => call(door.connection, 'defineNetwork', { body, query: { dryRun: true, ...query } }),
    carryOut: async (body) => {
      showChange(door, await call(door.connection, 'defineNetwork', { body, query }), {
        defined: `Network ${name} edited`,
        updated: `Network ${name} edited, and changed while it runs`,
        unchanged: `Network ${name} is as it was`,
      })
    },
  }
}
