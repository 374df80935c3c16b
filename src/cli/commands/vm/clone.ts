/** weft vm clone */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'vm clone',
    summary: 'make another machine like one that is off',
    about:
      'The clone has copies of its disks, a UUID and MACs of its own, and at its first boot cloud-init takes it for a new machine. Disks that are only read are shared.',
    arguments: [
      { name: 'VM', summary: 'what it shall be like', completes: 'vm' },
      { name: 'NEW', summary: 'its name' },
    ],
    flags: {
      linked: {
        kind: 'switch',
        summary: 'its disks begin with those of VM, which is a template from then on and not started',
      },
      start: { kind: 'switch', summary: 'start it too' },
    },
    examples: [
      ['weft vm clone web web2 --start', 'blocks are shared where the filesystem can'],
      ['weft vm clone golden web3 --linked', 'no time and no room'],
    ],
    changes: true,
  },
  async ({ arguments: { VM: source, NEW: name }, flags }, door) => {
    const body = { name, ...(flags.linked ? { linked: true } : {}) }
    const cloned = `Machine ${source} cloned to ${name}`
    await change(door, 'cloneVm', { params: { name: source }, body }, { cloned })
    if (!flags.start || door.isDryRun) return
    await change(door, 'startVm', { params: { name } }, { started: `Machine ${name} started` })
  },
)
