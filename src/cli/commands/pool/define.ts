/** weft pool define */
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { pathOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'pool define',
    summary: 'let disks lie in another directory',
    arguments: [{ name: 'POOL', summary: 'its name' }],
    flags: {
      path: { kind: 'text', value: 'DIRECTORY', summary: 'made when it is not there', completes: 'file' },
    },
    examples: [
      ['weft pool define fast --path /srv/nvme', 'then: weft disk create db --size 20G --pool fast'],
      ['weft pool define fast --path /srv/nvme --dry-run', 'the file that would be written'],
    ],
    changes: true,
  },
  ({ arguments: { POOL: name }, flags }, door) => {
    if (flags.path === undefined)
      throw new WeftError('invalid-argument', 'a pool needs a directory', {
        hint: `weft pool define ${name} --path /srv/disks`,
      })
    const body = { name, path: pathOf(flags.path, '--path') }
    return change(
      door,
      'definePool',
      { body },
      { defined: `Pool ${name} defined`, 'already-defined': `Pool ${name} is defined like that already` },
    )
  },
)
