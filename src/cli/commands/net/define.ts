/** weft net define */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { DEFINITION_FILE, namingSource, readDefinition } from '../../definition-text.ts'

export const command = declareCommand(
  {
    words: 'net define',
    summary: 'keep the definition of a network, new or changed',
    about:
      'Reads libvirt network XML, YAML or JSON, and recognises which. A network that runs keeps running as it is; ' +
      'a changed definition counts from its next start, or with --live at once.',
    arguments: [DEFINITION_FILE],
    flags: {
      live: {
        kind: 'switch',
        summary: 'a network that runs becomes as defined while it runs; --dry-run says who would notice',
      },
      format: {
        kind: 'text',
        value: 'FORMAT',
        choices: ['xml', 'yaml', 'json'],
        summary: 'do not guess: xml, yaml or json',
      },
    },
    examples: [
      ['weft net define /etc/libvirt/qemu/networks/default.xml', 'take a network over from libvirt'],
      ['virsh net-dumpxml lab | weft net define', 'the same through a pipe'],
    ],
    changes: true,
  },
  async ({ arguments: { FILE: file }, flags }, door) => {
    const definition = await readDefinition(file, 'net define')
    const format = flags.format as 'xml' | 'yaml' | 'json' | undefined
    const body = { ...definition, ...(format === undefined ? {} : { format }) }
    const from = definition.source ?? 'stdin'
    const changed = change(
      door,
      'defineNetwork',
      { body, query: { ...(flags.live ? { live: true } : {}) } },
      {
        updated: `Network defined from ${from}, and changed while it runs`,
        defined: `Network defined from ${from}`,
        redefined: `Network redefined from ${from}`,
        unchanged: `Network in ${from} is defined like that already`,
      },
    )
    return namingSource(definition.source, changed)
  },
)
