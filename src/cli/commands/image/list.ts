/** weft image list */
import type { ImageView } from '../../../api/views.ts'
import { formatSize } from '../../../core/size.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'image list',
    summary: 'list images that machines can be made from',
    arguments: [],
    flags: { available: { kind: 'switch', summary: 'also those of the catalogue that could be pulled' } },
    examples: [
      ['weft image list --available', 'everything a machine could be made from, by name'],
      ['weft image list', 'what is here, how large, checked or not, and what uses it'],
      ['weft image list --json', 'the same for a script, with digests and sizes in bytes'],
    ],
    changes: false,
  },
  async ({ flags }, door) => {
    const images = await ask(door, 'listImages', { query: flags.available ? { available: true } : {} })
    door.show(
      images,
      formatTable(
        ['Name', 'Kind', 'State', 'Bytes', 'Disk', 'Login', 'Checked', 'Used by'],
        images.map(rowOf),
        door,
      ),
    )
  },
)

function rowOf(image: ImageView): string[] {
  return [
    [image.name, ...image.aliases].join(', '),
    image.kind,
    image.state,
    image.bytes === null ? '-' : formatSize(image.bytes),
    image.size === null || image.kind === 'iso' ? '-' : formatSize(image.size),
    image.user ?? '-',
    image.state === 'available' ? '-' : image.checked === null ? 'no' : 'yes',
    image.users.join(', ') || '-',
  ]
}
