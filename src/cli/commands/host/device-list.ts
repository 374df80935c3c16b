/** weft host device list: what `lspci -nnk` and `lsusb` print, and whether a machine can have it */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatDevices } from '../../views/host-devices.ts'

export const command = declareCommand(
  {
    words: 'host device list',
    summary: 'PCI and USB devices of the host: what each is, and whether a machine can have it',
    about:
      'What `lspci -nnk` and `lsusb -t` print, with the IOMMU group of each, and what this host itself does with it. ' +
      'Of one that no machine can have it says why, and what to do about that.',
    arguments: [],
    flags: {},
    examples: [
      ['weft host device list', 'all of them'],
      ['weft host device list --json', 'the same for a script'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const devices = await ask(door, 'listHostDevices', {})
    door.show(devices, formatDevices(devices))
  },
)
