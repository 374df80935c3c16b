/** weft vm edit: the definition in $EDITOR, its plan, and a question */
import { call } from '../../../api/client.ts'
import { declareCommand } from '../../declare.ts'
import { editDefinition } from '../../edit.ts'
import { showChange } from '../../views/change.ts'

export const command = declareCommand(
  {
    words: 'vm edit',
    summary: 'change the definition of a machine in an editor',
    about:
      'Opens $VISUAL, $EDITOR or vi. What is saved is checked, and nothing is changed before you say yes; without a terminal it is done at once. ' +
      'A machine that runs goes on as it is: what was changed counts from its next start. What can change while it runs has words of its own: weft vm set, disk attach, nic attach.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: { xml: { kind: 'switch', summary: 'as libvirt XML; default is YAML' } },
    examples: [
      ['weft vm edit web', 'as YAML'],
      ['EDITOR=nano weft vm edit web --xml', 'as libvirt XML, in nano'],
    ],
    changes: true,
  },
  async ({ arguments: { VM: name }, flags }, door) => {
    const format = flags.xml ? 'xml' : 'yaml'
    const query = { format, inactive: true } as const
    const { text } = await call(door.connection, 'vmDefinition', { params: { name }, query })
    const now = {
      plan: (body: { readonly text: string }) =>
        call(door.connection, 'defineVm', { body, query: { dryRun: true } }),
      carryOut: async (body: { readonly text: string }) => {
        showChange(door, await call(door.connection, 'defineVm', { body }), {
          defined: `Another machine is defined; ${name} is as it was`,
          redefined: `Machine ${name} edited`,
          unchanged: `Machine ${name} is as it was`,
        })
      },
    }
    await editDefinition(door, { name, text, format, now })
    return undefined
  },
)
