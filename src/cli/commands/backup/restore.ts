/** weft backup restore */
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { countOf, pathOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'backup restore',
    summary: 'put back what was on the disks of a machine; what is there now is lost',
    about:
      'The machine does not run meanwhile. Each disk is whole under another name before the first takes its place.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      from: { kind: 'text', value: 'DIR', summary: 'the directory of the backups', completes: 'file' },
      number: { kind: 'text', value: 'NUMBER', summary: 'which one; default: the last' },
    },
    examples: [
      ['weft backup restore web --from /srv/backup', 'the last one'],
      ['weft backup restore web --from /srv/backup --number 3', 'the third, with all that it is based on'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name }, flags: { from, number } }, door) => {
    if (from === undefined)
      throw new WeftError('invalid-argument', 'which backup?', { hint: '--from /srv/backup' })
    const which = number === undefined ? {} : { number: countOf(number, '--number') }
    const body = { from: pathOf(from, '--from'), ...which }
    return change(
      door,
      'restoreBackup',
      { params: { name }, body },
      { restored: `Machine ${name} is as it was backed up` },
    )
  },
)
