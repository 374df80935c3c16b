/** What the agent inside a guest does for us: runs programs, reads and writes files, tells addresses. One call at a time. */
import type { GuestAgent, GuestInterface, GuestRun } from '../app/guest-ports.ts'
import { WeftError } from '../core/errors.ts'
import { noAgent } from '../core/vm/no-agent.ts'
import { openGuestFile } from './guest-file.ts'
import { callAgent } from './agent-channel.ts'

/** A guest that is starting, or that shares two cores with thirty others, takes its time. */
const ANSWER_LIMIT_MS = 10_000
/** How often the agent is asked whether a program has ended: soon, then less and less. */
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 500

interface ExecStatus {
  readonly exited: boolean
  readonly exitcode?: number
  readonly signal?: number
  readonly 'out-data'?: string
  readonly 'err-data'?: string
  readonly 'out-truncated'?: boolean
  readonly 'err-truncated'?: boolean
}

interface RawInterface {
  readonly name: string
  readonly 'hardware-address'?: string
  readonly 'ip-addresses'?: readonly { readonly 'ip-address': string; readonly prefix: number }[]
}

/** `isListening`: whether something in the guest has opened its end. Without that a call would only wait for nobody. */
export function createGuestAgent(path: string, isListening: () => Promise<boolean>): GuestAgent {
  let last: Promise<unknown> = Promise.resolve()
  const call = (
    command: string,
    args?: Readonly<Record<string, unknown>>,
    limitMs = ANSWER_LIMIT_MS,
  ): Promise<unknown> => {
    const turn = last.then(async () => {
      if (!(await isListening())) throw noAgent()
      return callAgent(path, {
        command,
        ...(args === undefined ? {} : { args }),
        limitMs,
      })
    })
    last = turn.catch(() => undefined)
    return turn
  }
  return {
    isListening,
    answers: () =>
      call('guest-ping').then(
        () => true,
        () => false,
      ),
    async run({ argv: [program = '', ...words], input, limitMs }) {
      const { pid } = (await call('guest-exec', {
        path: program,
        arg: words,
        'capture-output': true,
        ...(input === undefined ? {} : { 'input-data': input }),
      })) as { pid: number }
      return waitForExit(() => call('guest-exec-status', { pid }) as Promise<ExecStatus>, pid, limitMs)
    },
    ask: call,
    open: (path, mode) => openGuestFile(call, path, mode),
    async interfaces(limitMs) {
      const found = (await call(
        'guest-network-get-interfaces',
        undefined,
        limitMs,
      )) as readonly RawInterface[]
      return found.map(interfaceOf)
    },
  }
}

async function waitForExit(look: () => Promise<ExecStatus>, pid: number, limitMs: number): Promise<GuestRun> {
  const began = performance.now()
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const status = await look()
    if (status.exited) return runOf(status)
    if (performance.now() - began > limitMs)
      throw new WeftError(
        'timeout',
        `the program has not ended in time; it goes on as process ${pid} of the guest`,
      )
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

const runOf = (status: ExecStatus): GuestRun => ({
  exitCode: status.exitcode,
  signal: status.signal,
  stdout: status['out-data'] ?? '',
  stderr: status['err-data'] ?? '',
  isCut: status['out-truncated'] === true || status['err-truncated'] === true,
})

const interfaceOf = (raw: RawInterface): GuestInterface => ({
  name: raw.name,
  mac: raw['hardware-address']?.toLowerCase(),
  addresses: (raw['ip-addresses'] ?? []).map((each) => ({
    address: each['ip-address'],
    prefix: each.prefix,
  })),
})
