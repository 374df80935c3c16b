/** What one QEMU is doing, kept true by its events and asked once after each; every change is told once. */
import type { MachineNews, QemuState } from '../app/ports.ts'
import { stateOfQemu } from '../core/vm/lifecycle.ts'

export interface StateWatch {
  current(): QemuState
  /** Why QEMU is about to end, as far as it has said. */
  endReason(): string | undefined
  hear(event: string, data: unknown): void
  /** Asks now. */
  look(): Promise<void>
  /** True as soon as QEMU says this word, false at the limit. */
  reaches(status: string, limitMs: number): Promise<boolean>
}

export interface StateWatchOptions {
  readonly query: () => Promise<unknown>
  readonly tell: (news: MachineNews) => void
  /** The file of a disk, by the name QEMU has for it. */
  readonly pathOf: (node: string) => string | undefined
}

/** Any of QEMU's events after which its state may be another. */
const TURNS: ReadonlySet<string> = new Set(['STOP', 'RESUME', 'GUEST_PANICKED', 'SUSPEND', 'WAKEUP', 'RESET'])

export function watchState({ query, tell, pathOf }: StateWatchOptions): StateWatch {
  let known: QemuState = { status: 'running' }
  let endReason: string | undefined
  let isEnding = false
  let diskTrouble: string | undefined
  const waiting = new Set<() => void>()

  async function look(): Promise<void> {
    const { status } = (await query()) as { status: string }
    if (status === known.status) return
    const before = stateOfQemu(known.status).state
    const { state, because: usual } = stateOfQemu(status)
    const because = status === 'io-error' ? (diskTrouble ?? usual) : usual
    known = { status, ...(because === undefined ? {} : { because }) }
    for (const wake of waiting) wake()
    if (state !== before) tell({ what: state === 'running' ? 'resumed' : state, ...reason(because) })
  }

  return {
    current: () => known,
    endReason: () => endReason,
    hear(event, data) {
      const said = (data ?? {}) as EventData
      if (event === 'SHUTDOWN') endReason = said.reason
      // Before QEMU's last word, which may come too late to be read.
      if (event === 'GUEST_PANICKED' && said.action === 'poweroff') {
        endReason = 'guest-panic'
        isEnding = true
      }
      if (event === 'RESET') {
        endReason = undefined
        isEnding = false
      }
      if (event === 'BLOCK_IO_ERROR') diskTrouble = describeTrouble(said, pathOf)
      if (event === 'RESET' && said.guest === true)
        tell({ what: 'rebooted', ...reason('the guest rebooted') })
      // Who ends is not asked: a question in the middle of its clean-up keeps QEMU 7.2 in monitor_cleanup for ever.
      // One that has gone meanwhile is told of as dead.
      if (TURNS.has(event) && !isEnding) look().catch(() => undefined)
    },
    look,
    reaches(status, limitMs) {
      if (known.status === status) return Promise.resolve(true)
      const { promise, resolve } = Promise.withResolvers<boolean>()
      const wake = (): void => {
        if (known.status === status) resolve(true)
      }
      waiting.add(wake)
      const timer = setTimeout(resolve, limitMs, false).unref()
      return promise.finally(() => {
        clearTimeout(timer)
        waiting.delete(wake)
      })
    },
  }
}

interface EventData {
  readonly reason?: string
  /** Of a panic: what QEMU does about it. */
  readonly action?: string
  readonly guest?: boolean
  readonly operation?: 'read' | 'write'
  readonly 'node-name'?: string
}

const reason = (because: string | undefined): { because?: string } =>
  because === undefined ? {} : { because }

function describeTrouble(said: EventData, pathOf: StateWatchOptions['pathOf']): string {
  const node = said['node-name'] ?? 'a disk'
  const deed = said.operation === 'read' ? 'read' : 'written'
  return `'${pathOf(node) ?? node}' could not be ${deed}: ${said.reason ?? 'QEMU does not say why'}`
}
