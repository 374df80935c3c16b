/** weft trace */
import { WeftError } from '../../core/errors.ts'
import { ask, told } from '../ask.ts'
import { declareCommand } from '../declare.ts'
import { secondsOf } from '../values.ts'
import { formatTrace } from '../views/trace.ts'

export const command = declareCommand(
  {
    words: 'trace',
    summary: 'the path of a packet through this host: every rule it meets, whose it is, and what ends it',
    about:
      'A packet is sent from a namespace, from this host, or by the agent inside a machine, and the kernel is asked what it does with it. ' +
      'From elsewhere one is waited for: let the guest send it meanwhile. Where none comes, the answer is computed from rules and ' +
      'routes, and says so. While it lasts there is a table weft_trace; it decides nothing.',
    arguments: [
      { name: 'FROM', summary: 'a machine, a namespace, an address, host or outside', completes: 'guest' },
      {
        name: 'TO',
        summary: 'a machine, a namespace, an address or host; after a colon the port',
        completes: 'guest',
      },
    ],
    flags: {
      protocol: {
        kind: 'text',
        value: 'NAME',
        summary: 'default: tcp where there is a port, else icmp',
        choices: ['tcp', 'udp', 'icmp'],
      },
      wait: { kind: 'text', value: 'TIME', summary: 'how long a packet is waited for; default 10s' },
      computed: { kind: 'switch', summary: 'only what the rules say: nothing is sent, nothing waited for' },
    },
    examples: [
      ['weft trace web 1.1.1.1', 'why web does not reach the outside'],
      ['weft trace outside host:8080', 'what becomes of somebody who comes to a published port'],
      ['weft trace web db:5432 --wait 30s', 'of a packet that web sends itself within half a minute'],
    ],
    changes: true,
  },
  async ({ arguments: { FROM: from, TO: target }, flags }, door) => {
    const { to, port } = readTarget(target)
    const protocol = flags.protocol as 'tcp' | 'udp' | 'icmp' | undefined
    told.line = `waiting for a packet: let ${from} send it now`
    const trace = await ask(door, 'trace', {
      body: {
        from,
        to,
        ...(port === undefined ? {} : { port }),
        ...(protocol === undefined ? {} : { protocol }),
        ...(flags.wait === undefined ? {} : { waitSeconds: secondsOf(flags.wait, '--wait') }),
        ...(flags.computed ? { computed: true } : {}),
        ...(door.isDryRun ? { dryRun: true } : {}),
      },
    })
    door.show(trace, door.isDryRun ? trace.script : formatTrace(trace))
    return undefined
  },
)

/** `db:5432`, `10.9.0.11`, `[fd09::1]:80`, `fd09::1`. */
function readTarget(words: string): { to: string; port?: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(words) ?? []
  const to = bracketed ?? plain
  if (to === undefined) return { to: words }
  if (port === undefined) return { to }
  if (Number(port) >= 1 && Number(port) <= 65_535) return { to, port: Number(port) }
  throw new WeftError('invalid-argument', `'${port}' is no port`, { hint: 'weft trace web db:5432' })
}
