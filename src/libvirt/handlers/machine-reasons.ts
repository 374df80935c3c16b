/** Why each machine is in the state it is in, in libvirt's numbers: from what has happened since the first client came. libvirtd forgets at its end, too. */
import type { WeftEvent } from '../../app/event-ports.ts'
import type { App } from '../../app/ports.ts'
import { FROM_SNAPSHOT } from '../../app/vms.ts'

type Happened = (WeftEvent & { kind: 'vm' })['what']

export interface MachineReasons {
  /** virDomainRunningReason of one that runs; booted when nobody has seen how. */
  readonly running: (name: string) => number
  /** virDomainShutoffReason of one that does not. */
  readonly stopped: (name: string) => number
}

const BOOTED = 1
const SNAPSHOT = 4
const RUNNING: Readonly<Partial<Record<Happened, number>>> = { started: BOOTED, restored: 3, resumed: 5 }
const UNKNOWN = 0

export function watchMachineReasons(app: App): MachineReasons {
  const running = new Map<string, number>()
  const stopped = new Map<string, number>()
  app.events.subscribe((event) => {
    if (event.kind !== 'vm') return
    const reason = event.because === FROM_SNAPSHOT ? SNAPSHOT : RUNNING[event.what]
    if (reason !== undefined) running.set(event.name, reason)
    if (event.what === 'stopped') stopped.set(event.name, shutoffReason(event.because))
    if (event.what === 'deleted' || event.what === 'stopped') running.delete(event.name)
    if (event.what === 'deleted') stopped.delete(event.name)
  })
  return {
    running: (name) => running.get(name) ?? BOOTED,
    stopped: (name) => stopped.get(name) ?? UNKNOWN,
  }
}

function shutoffReason(because = ''): number {
  if (because.startsWith('killed')) return 2
  if (because.includes('saved')) return 5
  return /panic|crash|signal/.test(because) ? 3 : 1
}
