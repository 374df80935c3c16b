/** weft net show */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'net show',
    summary: 'show one network, or its definition',
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: {
      xml: { kind: 'switch', summary: 'print the definition as libvirt XML' },
      yaml: { kind: 'switch', summary: 'print the definition as YAML' },
      format: {
        kind: 'text',
        value: 'FORMAT',
        choices: ['xml', 'yaml', 'json'],
        summary: 'print the definition as this: xml, yaml or json',
      },
    },
    examples: [
      ['weft net show default', 'how it is, and what is plugged into it'],
      ['weft net show default --xml > default.xml', 'the definition, to change it and define it again'],
    ],
    changes: false,
  },
  async ({ arguments: { NETWORK: name }, flags }, door) => {
    const format = flags.xml
      ? 'xml'
      : flags.yaml
        ? 'yaml'
        : (flags.format as 'xml' | 'yaml' | 'json' | undefined)
    if (format !== undefined) {
      const definition = await ask(door, 'networkDefinition', { params: { name }, query: { format } })
      door.show(definition, definition.text)
      return
    }
    const network = await ask(door, 'showNetwork', { params: { name } })
    const { formatNetwork } = await import('../../views/network.ts')
    door.show(network, formatNetwork(network, door))
  },
)
