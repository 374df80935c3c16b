/** weft vm save */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { pathOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'vm save',
    summary: 'keep the memory of a machine in a file, and stop it',
    about:
      'What virsh calls managedsave. The next `weft vm start` lets its guest go on where it stood still, also after a reboot of the host. ' +
      'Its disks must not change meanwhile: weft neither changes them nor restores the machine once somebody has. ' +
      'With --to, what virsh calls save: a file of your own has all that it needs, and `weft vm restore` brings it back.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      to: {
        kind: 'text',
        value: 'FILE',
        summary: 'in this file, which weft does not look after',
        completes: 'file',
      },
    },
    examples: [
      ['weft vm save web', 'free what it has of memory and processors'],
      ['weft vm save web --to /srv/web.save', 'in a file that can be kept; weft vm restore /srv/web.save'],
      ['weft vm save web --dry-run', 'the commands that would do it'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name }, flags: { to } }, door) => {
    if (to === undefined)
      return change(door, 'saveVm', { params: { name } }, { saved: `Machine ${name} saved` })
    const file = pathOf(to, '--to')
    const saved = `Machine ${name} saved to ${file}`
    return change(door, 'saveVmTo', { params: { name }, body: { to: file } }, { saved })
  },
)
