/** weft metrics */
import { callForText } from '../../api/client.ts'
import { declareCommand } from '../declare.ts'

export const command = declareCommand(
  {
    words: 'metrics',
    summary: 'what machines have used, as Prometheus reads it',
    about:
      "The same as GET /metrics on weftd's sockets, the one for looking only included. Prometheus speaks to no unix socket: let node_exporter read a file, or " +
      'put a proxy before the socket.',
    arguments: [],
    flags: {},
    examples: [
      ['weft metrics', 'every counter there is'],
      [
        'weft metrics > /var/lib/prometheus/node-exporter/weft.prom',
        "for node_exporter's textfile collector",
      ],
    ],
    changes: false,
  },
  async (_, door) => {
    const text = await callForText(door.connection, 'metrics')
    door.show({ text }, text)
    return undefined
  },
)
