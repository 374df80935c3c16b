/** weft vm exec: a program in a guest, its output here, its exit code ours */
import type { ExecView } from '../../../api/inside-views.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { writeError, writeOut } from '../../output.ts'
import { secondsOf, given } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'vm exec',
    summary: 'run a program in a running machine, by the agent in its guest',
    about:
      'The guest needs qemu-guest-agent. The program runs as the agent does, mostly as root, without a terminal and without a shell; what it prints is ' +
      'shown when it has ended. The exit code is its own, or 128 and the number of the signal that ended it.',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      { name: 'COMMAND', summary: 'the program and its words, after --', rest: true },
    ],
    flags: {
      stdin: { kind: 'switch', short: 'i', summary: 'it reads what this command reads' },
      timeout: { kind: 'text', value: 'TIME', summary: 'how long to wait for its end; default 1 hour' },
    },
    examples: [
      ['weft vm exec web -- systemctl is-active nginx', 'whether a service runs; the exit code says it too'],
      ["weft vm exec web -- sh -c 'df -h | tail -n 1'", 'with a shell where one is needed'],
      ['weft vm exec web -i -- tee /etc/motd < motd', 'what it shall read'],
    ],
    changes: false,
  },
  async ({ arguments: { VM: name, COMMAND: argv }, flags }, door) => {
    const body = {
      argv,
      ...given({
        input: flags.stdin ? (await readInput()).toString('base64') : undefined,
        limitSeconds: flags.timeout === undefined ? undefined : secondsOf(flags.timeout, '--timeout'),
      }),
    }
    const run = await ask(door, 'execInVm', { params: { name }, body })
    if (door.isJson) door.show({ ...run, stdout: textOf(run.stdout), stderr: textOf(run.stderr) }, '')
    else print(run)
    if (run.isCut) door.say('it printed more than the agent keeps: the rest is lost')
    return run.exitCode ?? 128 + (run.signal ?? 0)
  },
)

function print(run: ExecView): void {
  writeOut(Buffer.from(run.stdout, 'base64'))
  writeError(Buffer.from(run.stderr, 'base64'))
}

const textOf = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')

async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
