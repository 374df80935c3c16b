/** weft backup create */
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { JOB_FLAGS, jobBody, withProgress } from '../../disk-job.ts'
import { pathOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'backup create',
    summary: 'put aside what is on the disks of a machine at this moment, while it goes on',
    about:
      'All its disks at one moment, as a power cut would have left them, or with --quiesce as a shutdown. From then on QEMU counts what changes, so that the next backup in ' +
      'the same directory can be of that alone.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      to: { kind: 'text', value: 'DIR', summary: 'the directory of the backups', completes: 'file' },
      incremental: { kind: 'switch', summary: 'only what has changed since the last one there' },
      quiesce: {
        kind: 'switch',
        summary: 'the agent in its guest lets its file systems hold still while it begins',
      },
      ...JOB_FLAGS,
    },
    examples: [
      ['weft backup create web --to /srv/backup', 'everything'],
      ['weft backup create web --to /srv/backup --incremental', 'what has changed since'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name }, flags }, door) => {
    if (flags.to === undefined)
      throw new WeftError('invalid-argument', 'a backup needs a directory', { hint: '--to /srv/backup' })
    const body = {
      ...{ to: pathOf(flags.to, '--to'), ...jobBody(flags) },
      ...(flags.incremental ? { incremental: true } : {}),
      ...(flags.quiesce ? { quiesce: true } : {}),
    }
    return withProgress(door, name, () =>
      change(
        door,
        'createBackup',
        { params: { name }, body },
        { 'backed-up': `Machine ${name} backed up`, begun: `Machine ${name} is being backed up` },
      ),
    )
  },
)
