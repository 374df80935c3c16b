/** weft vm run */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { DEFINITION_FILE, namingSource, readDefinition } from '../../definition-text.ts'

export const command = declareCommand(
  {
    words: 'vm run',
    summary: 'start a machine from a definition that is not kept',
    about:
      'Reads libvirt domain XML, as weft vm define does. The machine is transient: it is forgotten when it ends, however that comes about, and its ' +
      'disks stay. weft vm define of it while it runs makes it stay.',
    arguments: [DEFINITION_FILE],
    flags: {},
    examples: [
      ['weft vm run test.xml', 'for as long as it runs'],
      ['weft vm show test --xml | weft vm define', 'and now it stays'],
    ],
    changes: true,
  },
  async ({ arguments: { FILE: file } }, door) => {
    const body = await readDefinition(file, 'vm run')
    const from = body.source ?? 'stdin'
    return namingSource(
      body.source,
      change(door, 'runVm', { body }, { started: `Machine started from ${from}` }),
    )
  },
)
