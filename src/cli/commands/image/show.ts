/** weft image show */
import type { ImageView } from '../../../api/views.ts'
import { formatSize } from '../../../core/size.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatFacts } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'image show',
    summary: 'show one image',
    arguments: [{ name: 'IMAGE', summary: 'its name', completes: 'image' }],
    flags: {},
    examples: [
      ['weft image show debian-12', 'where it is from, what it was checked against, and what uses it'],
      ['weft image show debian-12 --json', 'the same for a script'],
    ],
    changes: false,
  },
  async ({ arguments: { IMAGE: name } }, door) => {
    const image = await ask(door, 'showImage', { params: { name } })
    door.show(image, formatImage(image))
  },
)

function formatImage(image: ImageView): string {
  const optional = (label: string, value: string | null): (readonly [string, string])[] =>
    value === null ? [] : [[label, value]]
  const size = (bytes: number | null): string | null => (bytes === null ? null : formatSize(bytes))
  return formatFacts([
    ['Name', [image.name, ...image.aliases].join(', ')],
    ['Title', image.title],
    ['Kind', `${image.kind}, ${image.arch}`],
    ['From', image.from],
    ...optional('File', image.path),
    ...optional('Format', image.format),
    ...optional('Bytes', size(image.bytes)),
    ...optional('Disk', image.kind === 'iso' ? null : size(image.size)),
    ...optional('Smallest disk', size(image.minimumDisk)),
    ...optional('Login', image.user),
    ...optional('Digest', image.digest === null ? null : `sha256:${image.digest}`),
    ['State', image.state === 'here' ? 'here' : `not here: weft image pull ${image.name}`],
    ...(image.state === 'here' ? factsOfHere(image) : []),
  ])
}

function factsOfHere({ checked, since, users }: ImageView): (readonly [string, string])[] {
  const said = checked === null ? 'no: held against nothing' : `${checked.checksum}, said by ${checked.by}`
  return [
    ['Checked', said],
    ['Since', since ?? '-'],
    ['Used by', users.join(', ') || 'nothing'],
  ]
}
