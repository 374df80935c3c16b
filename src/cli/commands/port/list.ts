/** weft port list */
import type { PortDetailView } from '../../../api/views.ts'
import { ask } from '../../ask.ts'
import { declareCommand, type Door } from '../../declare.ts'
import { intervalOf } from '../../values.ts'
import { formatPortList } from '../../views/traffic.ts'

export const command = declareCommand(
  {
    words: 'port list',
    summary: 'what is plugged into a network, or into all of them, and what it carries',
    about:
      'Received and sent are counted from the side of the guest. With --watch the speeds of the moment are shown, until Ctrl-C.',
    arguments: [
      { name: 'NETWORK', summary: 'its name; default: all that run', completes: 'network', optional: true },
    ],
    flags: {
      watch: { kind: 'switch', summary: 'show speeds, again and again; with --json one object a line' },
      interval: { kind: 'text', value: 'TIME', summary: 'with --watch: how often; default 1s' },
    },
    examples: [
      ['weft port list default', 'machines and namespaces on the network, with their addresses'],
      ['weft port list --watch', 'how busy each guest is, every second'],
      ['weft port list default --watch --interval 10s --json', 'the same for a script, one object a line'],
    ],
    changes: false,
  },
  async ({ arguments: { NETWORK: name }, flags }, door) => {
    const look = (): Promise<readonly PortDetailView[]> => askPorts(door, name)
    if (flags.watch) {
      const { watchPorts } = await import('../../watch-ports.ts')
      await watchPorts(door, look, {
        everyMs: intervalOf(flags.interval ?? '1s'),
        hasNetwork: name === undefined,
      })
      return
    }
    const ports = await look()
    door.show(ports, formatPortList(ports, name === undefined, door))
  },
)

function askPorts(door: Door, name: string | undefined): Promise<readonly PortDetailView[]> {
  return name === undefined ? ask(door, 'listAllPorts', {}) : ask(door, 'listPorts', { params: { name } })
}
