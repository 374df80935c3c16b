/** weft disk tree */
import { formatSize } from '../../../core/size.ts'
import type { DiskView } from '../../../api/views.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'disk tree',
    summary: 'show which disk begins with which',
    arguments: [],
    flags: {},
    examples: [
      [
        'weft disk tree',
        'what lies below another one keeps only what differs; the one above is not changed as long as it does',
      ],
      ['weft disk tree --json', 'disks with what each begins with, for a script'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const disks = await ask(door, 'listDisks', {})
    door.show(disks, formatTree(disks))
    return undefined
  },
)

/** An image outside the pools stands on top of what begins with it, under its path. */
export function formatTree(disks: readonly DiskView[]): string {
  const names = new Set(disks.map(({ name }) => name))
  const children = (of: DiskView): DiskView[] => disks.filter(({ name }) => of.overlays.includes(name))
  const isChild = new Set(disks.flatMap(({ overlays }) => overlays))
  const roots = disks.filter(({ name }) => !isChild.has(name))
  const outside = [...new Set(roots.flatMap(({ backing }) => backing ?? []))]
  const lines = [
    ...outside.flatMap((path) => {
      const own = roots.filter(({ backing }) => backing === path)
      return [path, ...branches(own, children)]
    }),
    ...roots
      .filter(({ backing }) => backing === null)
      .flatMap((root) => [leaf(root), ...branches(children(root), children)]),
  ]
  const strangers = disks.flatMap(({ overlays }) => overlays).filter((name) => !names.has(name))
  const more = strangers.map((path) => `outside the pools: ${path}`)
  return [...lines, ...more].map((line) => `${line}\n`).join('')
}

function branches(disks: readonly DiskView[], children: (of: DiskView) => DiskView[]): string[] {
  return disks.flatMap((disk, place) => {
    const isLast = place === disks.length - 1
    const below = branches(children(disk), children)
    return [
      `${isLast ? '└─' : '├─'} ${leaf(disk)}`,
      ...below.map((line) => `${isLast ? '   ' : '│  '}${line}`),
    ]
  })
}

function leaf({ name, used, machines }: DiskView): string {
  const owners = machines.length === 0 ? '' : `, of ${machines.join(', ')}`
  return `${name} (${formatSize(used)}${owners})`
}
