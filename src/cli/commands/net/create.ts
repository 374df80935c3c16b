/** weft net create */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { DEFINITION_FILE, namingSource, readDefinition } from '../../definition-text.ts'

export const command = declareCommand(
  {
    words: 'net create',
    summary: 'start a network from a definition that is not kept',
    about:
      'Like `virsh net-create`: the network is gone when it is stopped. To keep it, use `weft net define`.',
    arguments: [DEFINITION_FILE],
    flags: {},
    examples: [
      ['weft net create lab.yaml', 'a network for the afternoon'],
      ['weft net create lab.yaml --dry-run', 'the commands that would make it'],
    ],
    changes: true,
  },
  async ({ arguments: { FILE: file } }, door) => {
    const body = await readDefinition(file, 'net create')
    const changed = change(
      door,
      'createNetwork',
      { body },
      {
        started: `Network created from ${body.source ?? 'stdin'}`,
      },
    )
    return namingSource(body.source, changed)
  },
)
