/** Looking at what a machine has in memory and on its disks: as a core in a file, or some bytes. */
import { WeftError } from '../core/errors.ts'
import { vmFiles } from '../core/vm/context.ts'
import { refuseUnlessAllowed } from '../core/vm/lifecycle.ts'
import { planDump, type DumpFormat } from '../core/vm/plan-dump.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { refusePlace } from './file-place.ts'
import type { App } from './ports.ts'
import { getState } from './vm-state.ts'
import { inTurnOf } from './vm-turn.ts'

export interface DumpRequest extends ChangeRequest {
  readonly format: DumpFormat
}

/** The machine stands still while it is written, and goes on. */
export function dumpVm(app: App, name: string, to: string, request: DumpRequest): Promise<Changed<'dumped'>> {
  return inTurnOf(app, name, async () => {
    refuseUnlessAllowed('dump', name, getState(app, name).state)
    await refusePlace(app, to, isCore)
    return carryOut(app, request, planDump(name, to, request.format, app.facts), 'dumped')
  })
}

/** By its first bytes: an ELF core, or one of kdump's. */
async function isCore(app: App, path: string): Promise<boolean> {
  const text = new TextDecoder('latin1').decode((await app.host.readBytes(path, 0, 18)) ?? new Uint8Array())
  return /^\x7fELF.{12}\x04\x00|^KDUMP {3}|^makedumpfile/s.test(text)
}

export interface MemoryPart {
  /** As the host counts the guest's memory, or as its first processor sees it now. */
  readonly address: 'physical' | 'virtual'
  readonly offset: bigint
  /** In bytes. */
  readonly size: number
}

let looked = 0

/** QEMU writes them to its run directory, from where they are taken. Where there is no memory QEMU says so. */
export async function peekMemory(
  app: App,
  name: string,
  { address, offset, size }: MemoryPart,
): Promise<Uint8Array> {
  const path = `${vmFiles(app.facts.paths, name).directory}/peek${String(++looked)}`
  const command = address === 'physical' ? 'pmemsave' : 'memsave'
  // Only the monitor for people reads addresses that JSON's numbers are too coarse for.
  const line = `${command} 0x${offset.toString(16)} ${String(size)} "${path}"`
  try {
    const said = String(
      await app.machines.ask(name, 'human-monitor-command', { 'command-line': line }),
    ).trim()
    const bytes = await app.host.readBytes(path, 0, size)
    if (said === '' && bytes?.length === size) return bytes
    throw new WeftError(
      'command-failed',
      `there is no memory at 0x${offset.toString(16)} in machine '${name}'`,
      {
        details: [['it said', said.replace(/^Error: /, '')]],
      },
    )
  } finally {
    await app.host.perform({ kind: 'remove', path })
  }
}
