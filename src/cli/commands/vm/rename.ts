/** weft vm rename */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'vm rename',
    summary: 'give a machine that is off another name',
    about:
      'Its addresses, MACs and UUID stay; its name in DNS and what its firmware remembers follow. Disks keep their names.',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      { name: 'NEW', summary: 'what it shall be called' },
    ],
    flags: {},
    examples: [
      ['weft vm rename web shop', 'refused while rules of a network name web'],
      ['weft vm rename web shop --dry-run', 'what would follow'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, NEW: to } }, door) =>
    change(
      door,
      'renameVm',
      { params: { name }, body: { name: to } },
      { renamed: `Machine ${name} is called ${to}` },
    ),
)
