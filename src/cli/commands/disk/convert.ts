/** weft disk convert */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'disk convert',
    summary: 'give a disk another format, under its own name',
    about:
      'Of a machine that does not run. It has everything itself then, also where it began with another. ' +
      "While a machine runs: 'weft disk copy VM DISK --to NAME --format raw --pivot'.",
    arguments: [
      { name: 'DISK', summary: 'its name', completes: 'disk' },
      { name: 'FORMAT', summary: 'qcow2 or raw' },
    ],
    flags: {},
    examples: [
      ['weft disk convert web raw', 'faster, and as large as it says'],
      ['weft disk convert web qcow2', 'with snapshots, overlays and counted changes'],
    ],
    changes: true,
  },
  ({ arguments: { DISK: name, FORMAT: format } }, door) =>
    change(
      door,
      'convertDisk',
      { params: { name }, body: { format: format as 'qcow2' | 'raw' } },
      {
        converted: `Disk ${name} is ${format} now`,
        'has-that-format': `Disk ${name} is ${format} already`,
      },
    ),
)
