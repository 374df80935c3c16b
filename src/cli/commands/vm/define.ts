/** weft vm define */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { DEFINITION_FILE, namingSource, readDefinition } from '../../definition-text.ts'

export const command = declareCommand(
  {
    words: 'vm define',
    summary: 'keep the definition of a machine, new or changed',
    about:
      'Reads libvirt domain XML, YAML or JSON, and recognises which. What weft has no use for is kept and given back; what matters and is not supported is refused with its ' +
      'line. A machine that runs keeps running as it is: a changed definition counts from its next start.',
    arguments: [DEFINITION_FILE],
    flags: {},
    examples: [
      ['weft vm define /etc/libvirt/qemu/web.xml', 'take a machine over from libvirt'],
      ['weft vm define web.yaml', "in weft's own spelling, as weft vm show web --yaml prints it"],
      ['virsh dumpxml web | weft vm define', 'the same through a pipe'],
    ],
    changes: true,
  },
  async ({ arguments: { FILE: file } }, door) => {
    const body = await readDefinition(file, 'vm define')
    const from = body.source ?? 'stdin'
    const changed = change(
      door,
      'defineVm',
      { body },
      {
        defined: `Machine defined from ${from}`,
        redefined: `Machine redefined from ${from}`,
        unchanged: `Machine in ${from} is defined like that already`,
      },
    )
    return namingSource(body.source, changed)
  },
)
