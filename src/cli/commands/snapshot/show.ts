/** weft snapshot show */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatFacts } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'snapshot show',
    summary: 'show one snapshot of a machine',
    arguments: [
      { name: 'VM', summary: 'its machine', completes: 'vm' },
      { name: 'SNAPSHOT', summary: 'its name' },
    ],
    flags: {},
    examples: [
      ['weft snapshot show web before-upgrade', 'what is kept, and where'],
      ['weft snapshot show web before-upgrade --json', 'the same for a script'],
    ],
    changes: false,
  },
  async ({ arguments: { VM: name, SNAPSHOT: snapshot } }, door) => {
    const shown = await ask(door, 'showSnapshot', { params: { name, snapshot } })
    const text = formatFacts([
      ['Name', shown.name],
      ['Machine', shown.vm],
      ['Taken', shown.at],
      ...(shown.description === null ? [] : [['Description', shown.description] as const]),
      ['State', shown.state],
      ['Memory', shown.hasMemory ? 'yes' : 'no'],
      ['Parent', shown.parent ?? '-'],
      ['Current', shown.isCurrent ? 'yes' : 'no'],
      ...shown.disks.map((path) => ['Disk', path] as const),
    ])
    door.show(shown, text)
  },
)
