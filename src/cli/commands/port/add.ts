/** weft port add */
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'port add',
    summary: 'plug a network namespace, a container for instance, into a network',
    about: 'It gets an interface, an address from the range of the network, a way out and a name in its DNS.',
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: {
      netns: { kind: 'text', value: 'NAME', summary: 'a namespace of `ip netns`' },
      pid: { kind: 'text', value: 'PID', summary: 'the namespace this process is in' },
      name: { kind: 'text', value: 'NAME', summary: "its DNS name; default: the namespace's" },
      interface: { kind: 'text', value: 'NAME', summary: "the interface's name inside; default eth0" },
      mac: { kind: 'text', value: 'MAC', summary: 'its MAC; default: a free one' },
      ip: { kind: 'text', value: 'IP', summary: 'its address; default: a free one of the range' },
      portgroup: { kind: 'text', value: 'NAME', summary: 'a port group of the network' },
      isolated: { kind: 'switch', summary: 'its neighbours do not reach it' },
    },
    examples: [
      ['weft port add default --netns box', 'the namespace box becomes a guest of default'],
      [
        "weft port add default --pid $(docker inspect -f '{{.State.Pid}}' web) --name web",
        'a container does',
      ],
    ],
    changes: true,
  },
  ({ arguments: { NETWORK: network }, flags }, door) => {
    const pid = flags.pid === undefined ? undefined : parsePid(flags.pid)
    const { netns, name, interface: inside, mac, ip, portgroup } = flags
    const isolated = flags.isolated ? true : undefined
    const body = Object.fromEntries(
      Object.entries({ netns, pid, name, interface: inside, mac, ip, portgroup, isolated }).filter(
        ([, value]) => value !== undefined,
      ),
    )
    return change(
      door,
      'addPort',
      { params: { name: network }, body },
      {
        added: `${name ?? netns ?? `The namespace of process ${String(pid)}`} is plugged into network ${network}`,
      },
    )
  },
)

function parsePid(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new WeftError('invalid-argument', `'${text}' is no process id`, { hint: '--pid 1234' })
}
