/** weft vm undefine */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'vm undefine',
    summary: 'forget the definition of a machine; one that runs goes on',
    about:
      'One that is off is deleted, and its disks stay. One that runs becomes transient: it is forgotten when it ends, and weft vm define of it until then makes it stay.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {},
    examples: [
      ['weft vm undefine web', 'gone with its end'],
      ['weft vm show web --xml | weft vm define', 'while it runs: it stays after all'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name } }, door) =>
    change(
      door,
      'undefineVm',
      { params: { name } },
      {
        undefined: `Machine ${name} has been undefined`,
        deleted: `Machine ${name} deleted`,
        unchanged: `Machine ${name} is transient already`,
      },
    ),
)
