/** weft snapshot tree */
import type { SnapshotView } from '../../../api/snapshot-views.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'snapshot tree',
    summary: 'show which snapshot of a machine was taken after which',
    arguments: [{ name: 'VM', summary: 'its machine', completes: 'vm' }],
    flags: {},
    examples: [
      ['weft snapshot tree web', 'a * is where its disks go on from'],
      ['weft snapshot tree web --json', 'each with its parent, for a script'],
    ],
    changes: false,
  },
  async ({ arguments: { VM: name } }, door) => {
    const snapshots = await ask(door, 'listSnapshots', { params: { name } })
    door.show(snapshots, formatTree(snapshots))
  },
)

export function formatTree(snapshots: readonly SnapshotView[]): string {
  const below = (parent: string | null): string[] =>
    snapshots.filter((each) => each.parent === parent).flatMap((each) => [leaf(each), ...branches(each.name)])
  const branches = (name: string): string[] => {
    const children = snapshots.filter(({ parent }) => parent === name)
    return children.flatMap((child, place) => {
      const isLast = place === children.length - 1
      const lines = branches(child.name).map((line) => `${isLast ? '   ' : '│  '}${line}`)
      return [`${isLast ? '└─' : '├─'} ${leaf(child)}`, ...lines]
    })
  }
  return below(null)
    .map((line) => `${line}\n`)
    .join('')
}

function leaf({ name, at, state, hasMemory, isCurrent }: SnapshotView): string {
  const what = hasMemory ? state : state === 'stopped' ? 'stopped' : 'disks only'
  return `${name} (${at.slice(0, 16).replace('T', ' ')}, ${what})${isCurrent ? ' *' : ''}`
}
