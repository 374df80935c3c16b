/** Performs one action of a plan: the only place where weft changes this machine. */
import type {
  Action,
  AgentAction,
  QemuEvent,
  QmpAction,
  QmpJob,
  RunAction,
  SysctlAction,
} from '../core/plan/action.ts'
import { renderHeadline } from '../core/plan/render.ts'
import { WeftError } from '../core/errors.ts'
import { awaitAnswer, awaitQemu } from './await-qemu.ts'
import { fileFailed } from './command-error.ts'
import { makeDirectory, removePath, writeFileAtomically, writeKernelSetting } from './change-file.ts'
import type { IpShell } from './ip-shell.ts'
import type { NftShell } from './nft-shell.ts'
import { releaseLease } from './release-lease.ts'
import { runCommand } from './run-command.ts'
import { signalProcess } from './signal-process.ts'

/** Asks a running QEMU; src/qemu has the real one. */
export type QmpCommand = (
  socket: string,
  command: string,
  args?: Readonly<Record<string, unknown>>,
  until?: QemuEvent,
) => Promise<unknown>

/** The same, waiting until a job of that QEMU is done. */
export type QmpJobCommand = (action: QmpAction, job: QmpJob) => Promise<void>

/** Asks the agent in a guest; src/qemu has the real one. */
export type AgentCommand = (action: AgentAction) => Promise<void>

export interface Hands {
  readonly ip: IpShell
  readonly nft: NftShell
  readonly qmp: QmpCommand
  readonly qmpJob: QmpJobCommand
  readonly agent: AgentCommand
  /** Files under this directory are gone at a reboot anyway: they are not fsynced. */
  readonly runDirectory: string
}

export async function performAction(hands: Hands, action: Action): Promise<void> {
  switch (action.kind) {
    case 'run':
      await performRun(hands, action)
      return
    case 'qmp':
      await performQmp(hands, action)
      return
    case 'agent':
      await hands.agent(action)
      return
    case 'signal':
      await signalProcess(action)
      return
    case 'release':
      await releaseLease(action)
      return
    case 'write':
    case 'mkdir':
    case 'remove':
    case 'sysctl':
      try {
        await performOnFiles(hands, action)
        return
      } catch (error) {
        throw error instanceof WeftError ? error : fileFailed(renderHeadline(action), error)
      }
  }
}

async function performQmp(hands: Hands, action: QmpAction): Promise<void> {
  const { qmp } = hands
  const { starting, answers, job } = action
  if (job !== undefined) {
    await hands.qmpJob(action, job)
    return
  }
  if (starting !== undefined) await awaitQemu(qmp, action, starting)
  if (answers !== undefined) await awaitAnswer(qmp, action, answers)
  if (starting === undefined && answers === undefined) await askQemu(qmp, action)
}

async function askQemu(qmp: Hands['qmp'], action: QmpAction): Promise<void> {
  try {
    await qmp(action.socket, action.command, action.arguments, action.until)
  } catch (error) {
    const refused =
      error instanceof WeftError ? (error.cause as { class?: string; desc?: string } | undefined) : undefined
    // A job that is not there is 'not active'; of a block node or chardev that is not there QEMU has no class of its own.
    const isMissing =
      ['DeviceNotFound', 'DeviceNotActive'].includes(refused?.class ?? '') ||
      /^(Failed to find node|Chardev '.*' not found)/.test(refused?.desc ?? '')
    if (action.mayBeMissing !== true || !isMissing) throw error
  }
}

async function performRun(hands: Hands, action: RunAction): Promise<void> {
  const { argv, stdin, accept = [], timeoutMs, again } = action
  if (stdin === undefined && hands.ip.accepts(argv)) {
    await hands.ip.change(argv, accept)
    return
  }
  const isNftFile = argv.length === 3 && argv[0] === 'nft' && argv[1] === '-f' && argv[2] === '-'
  if (accept.length === 0 && stdin !== undefined && isNftFile) {
    await hands.nft.apply(stdin)
    return
  }
  const options = {
    accept,
    ...(stdin === undefined ? {} : { stdin }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  }
  await (again === undefined ? runCommand(argv, options) : runAgain(again, argv, options))
  if (action.drops !== undefined) await removePath(action.drops, false)
}

async function runAgain(
  again: NonNullable<RunAction['again']>,
  ...command: Parameters<typeof runCommand>
): Promise<void> {
  for (let tries = 1; ; tries += 1)
    try {
      await runCommand(...command)
      return
    } catch (error) {
      const said = error instanceof WeftError ? error.details.map(([, text]) => text).join('\n') : ''
      if (tries >= again.most || !said.includes(again.whenItSays)) throw error
    }
}

async function performOnFiles(
  hands: Hands,
  action: Exclude<Action, { kind: 'run' | 'qmp' | 'agent' | 'signal' | 'release' }>,
): Promise<void> {
  switch (action.kind) {
    case 'write':
      await writeFileAtomically(action, isLasting(hands, action.path))
      return
    case 'mkdir':
      makeDirectory(action)
      return
    case 'remove':
      await removePath(action.path, isLasting(hands, action.path))
      return
    case 'sysctl':
      writeKernelSetting(sysctlFile(action), action.value)
      return
  }
}

function isLasting(hands: Hands, path: string): boolean {
  return !path.startsWith(`${hands.runDirectory}/`)
}

/** Dots and slashes change places, as in sysctl(8): `net.ipv4.conf.eth0/100.forwarding`. */
function sysctlFile(action: SysctlAction): string {
  return `/proc/sys/${action.key.replace(/[./]/g, (sign) => (sign === '.' ? '/' : '.'))}`
}
