/** weft vm wait */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { secondsOf } from '../../values.ts'

const SEEN = {
  lease: 'has an address',
  ssh: 'answers to ssh',
  agent: 'has an agent that answers',
  shutdown: 'has shut down',
} as const

export const command = declareCommand(
  {
    words: 'vm wait',
    summary: 'wait until a machine has an address, answers to ssh or by its agent, or has shut down',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      for: {
        kind: 'text',
        value: 'WHAT',
        choices: ['lease', 'ssh', 'agent', 'shutdown'],
        summary:
          'lease (default): it has an address; ssh: its ssh server answers; agent: the agent in its guest answers; shutdown: it is off',
      },
      timeout: { kind: 'text', value: 'TIME', summary: 'how long at most, as 90s; default 120s' },
    },
    examples: [
      ['weft vm wait web --for ssh && weft ssh web', 'log in as soon as that is possible'],
      [
        'weft vm wait web --for shutdown --timeout 300s',
        'until its guest has ended; exit code 1 after 5 min',
      ],
    ],
    changes: false,
  },
  async ({ arguments: { VM: name }, flags }, door) => {
    const goal = (flags.for ?? 'lease') as keyof typeof SEEN
    const limitSeconds = flags.timeout === undefined ? 120 : secondsOf(flags.timeout, '--timeout')
    const reached = await ask(door, 'waitForVm', { params: { name }, query: { goal, limitSeconds } })
    door.show(reached, `Machine ${name} ${SEEN[goal]}${reached.ip === null ? '' : `: ${reached.ip}`}\n`)
    return undefined
  },
)
