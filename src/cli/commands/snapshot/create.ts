/** weft snapshot create */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'snapshot create',
    summary: 'take a snapshot of a machine: its disks and, while it runs, its memory',
    about:
      'Snapshots lie inside its disks, which must be qcow2 images; memory lies in a file beside them. A machine that runs stands still while its memory ' +
      'is written. With --disk-only it does not, and a revert finds the disks as after a power cut; with --quiesce as well, as after a shutdown.',
    arguments: [
      { name: 'VM', summary: 'its machine', completes: 'vm' },
      { name: 'SNAPSHOT', summary: 'how it is to be called; default snap1, snap2, ...', optional: true },
    ],
    flags: {
      'disk-only': { kind: 'switch', summary: 'not the memory of a machine that runs' },
      quiesce: {
        kind: 'switch',
        summary: 'with --disk-only: the agent in its guest lets its file systems hold still meanwhile',
      },
      description: { kind: 'text', value: 'TEXT', summary: 'what for' },
    },
    examples: [
      ['weft snapshot create web before-upgrade', 'all of it at one instant'],
      ['weft snapshot create web --disk-only', 'its disks, without holding its guest'],
      ['weft snapshot create web --disk-only --quiesce', 'and its file systems are whole on them'],
    ],
    changes: true,
  },
  ({ arguments: { VM: vm, SNAPSHOT: name }, flags }, door) => {
    const body = given({
      name,
      description: flags.description,
      diskOnly: flags['disk-only'] ? true : undefined,
      quiesce: flags.quiesce ? true : undefined,
    })
    const taken = `Snapshot${name === undefined ? '' : ` ${name}`} of machine ${vm} taken`
    return change(door, 'createSnapshot', { params: { name: vm }, body }, { taken })
  },
)
