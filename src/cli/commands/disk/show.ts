/** weft disk show */
import { formatSize } from '../../../core/size.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatFacts } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'disk show',
    summary: 'show one disk',
    arguments: [{ name: 'DISK', summary: 'its name', completes: 'disk' }],
    flags: {},
    examples: [
      ['weft disk show web', 'its file, size, and who uses it'],
      ['weft disk show web --json', 'the same for a script'],
    ],
    changes: false,
  },
  async ({ arguments: { DISK: name } }, door) => {
    const disk = await ask(door, 'showDisk', { params: { name } })
    const text = formatFacts([
      ['Name', disk.name],
      ['Pool', disk.pool],
      ['File', disk.path],
      ['Format', disk.isEncrypted ? `${disk.format}, encrypted (LUKS)` : disk.format],
      ['Size', formatSize(disk.size)],
      ['Used', formatSize(disk.used)],
      ['Backing', disk.backing ?? '-'],
      ['Overlays', disk.overlays.join(', ') || '-'],
      ['Machines', disk.machines.join(', ') || '-'],
    ])
    door.show(disk, text)
  },
)
