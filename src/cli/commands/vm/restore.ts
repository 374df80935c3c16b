/** weft vm restore */
import type { RestoreVm } from '../../../api/memory-contract.ts'
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given, pathOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'vm restore',
    summary: 'let a machine go on that has been saved to a file',
    about:
      'The file is one of `weft vm save --to` or of virsh save, and stays. It fits until its machine has written to its disks. ' +
      'A machine that is not defined any more lives until its end, as one that `weft vm run` starts.',
    arguments: [{ name: 'FILE', summary: 'where it has been saved to', completes: 'file' }],
    flags: {
      paused: { kind: 'switch', summary: 'it stands still until `weft vm resume`' },
      running: { kind: 'switch', summary: 'it goes on, also when it stood still as it was saved' },
    },
    examples: [
      ['weft vm restore /srv/web.save', 'its programs go on in the middle of what they did'],
      ['weft vm restore /srv/web.save --paused', 'to look at it first'],
    ],
    changes: true,
  },
  ({ arguments: { FILE: file }, flags: { paused, running } }, door) => {
    if (paused && running)
      throw new WeftError('invalid-argument', 'it cannot both stand still and go on', {
        hint: '--paused or --running',
      })
    const state = paused ? 'paused' : running ? 'running' : undefined
    const body: RestoreVm = { from: pathOf(file, 'FILE'), ...given({ state }) }
    return change(
      door,
      'restoreVm',
      { body },
      { restored: `The machine in ${body.from} ${paused ? 'stands still' : 'goes on'} where it was saved` },
    )
  },
)
