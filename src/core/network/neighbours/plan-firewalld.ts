/**
 * firewalld rejects what no zone of its own accepts, and has zones only from files: weft's are written when they are first needed, and
 * firewalld reads its files again. A network's bridge is put into one of them for as long as it runs.
 */
import type { Action, RunAction } from '../../plan/action.ts'
import { noUndo, type Step } from '../../plan/plan.ts'
import { isForwarded, isSwitched } from '../ips.ts'
import type { NetworkSpec } from '../spec.ts'
import { FIREWALLD_DIRECTORY, FIREWALLD_FILES, ZONES, type ZoneName } from './firewalld-files.ts'
import type { SeenFirewalld } from './seen-neighbours.ts'

const FILE_MODE = 0o644

/** Somebody who has put the bridge into another zone meant it. */
export function firewalldSteps(network: NetworkSpec, seen: SeenFirewalld): Step[] {
  const zone = zoneFor(network)
  const bridge = network.bridge?.name
  if (zone === undefined || bridge === undefined || !seen.isRunning) return []
  const there = seen.zones.get(bridge)
  const isOurs = there === undefined || isWefts(there)
  if (!isOurs || there === zone || (!seen.knowsZones && seen.hasUnsaved)) return []
  return [
    ...fileSteps(seen),
    {
      reason: `firewalld lets ${network.name} out, and to this host's DHCP and DNS: its zone '${zone}'`,
      do: change(zone, bridge),
      undo: there === undefined ? leave(zone, bridge) : change(there, bridge),
    },
  ]
}

function fileSteps({ files, knowsZones }: SeenFirewalld): Step[] {
  const missing = Object.entries(FIREWALLD_FILES).filter(([name]) => !files.has(name))
  const write = missing.map(([name, content]): Step => {
    const path = `${FIREWALLD_DIRECTORY}/${name}`
    const what = name.startsWith('zones/') ? 'a zone' : 'what its zones let through'
    return {
      reason: `firewalld has ${what} for guests`,
      do: { kind: 'write', path, content, mode: FILE_MODE },
      undo: { kind: 'remove', path },
    }
  })
  const reload: Step = {
    reason: 'firewalld learns of zones only when it reads all of its files again; connections go on',
    do: command('--reload'),
    undo: noUndo('a zone that nobody is in does nothing'),
  }
  return knowsZones ? write : [...write, reload]
}

/** The files stay while another network needs them. `staying` are all that run and stay. */
export function firewalldStopSteps(
  bridges: readonly string[],
  staying: readonly NetworkSpec[],
  seen: SeenFirewalld,
): Step[] {
  const left = bridges.flatMap((bridge): Step[] => {
    const zone = seen.zones.get(bridge)
    if (zone === undefined || !isWefts(zone)) return []
    const reason = `firewalld has nothing to do with ${bridge} any more`
    return [{ reason, do: leave(zone, bridge), undo: change(zone, bridge) }]
  })
  if (staying.some((network) => zoneFor(network) !== undefined)) return left
  const files = Object.entries(FIREWALLD_FILES).flatMap(([name, content]): Step[] => {
    // One that somebody has changed is theirs.
    if (seen.files.get(name) !== content) return []
    const path = `${FIREWALLD_DIRECTORY}/${name}`
    const back: Action = { kind: 'write', path, content, mode: FILE_MODE }
    return [
      { reason: 'no network needs this of firewalld any more', do: { kind: 'remove', path }, undo: back },
    ]
  })
  return [...left, ...files]
}

/** A plain switch has nothing that firewalld would see. */
export function zoneFor(network: NetworkSpec): ZoneName | undefined {
  if (!isSwitched(network) || network.ips.length === 0) return undefined
  return isForwarded(network) && network.mode !== 'nat' ? ZONES.routed : ZONES.nat
}

export const isWefts = (zone: string): boolean => Object.values<string>(ZONES).includes(zone)

/** Interfaces of bridges it knows, in zones of weft's. */
export function bridgesInZones({ zones }: SeenFirewalld): string[] {
  return [...zones].flatMap(([bridge, zone]) => (isWefts(zone) ? [bridge] : []))
}

function change(zone: string, bridge: string): RunAction {
  return command(`--zone=${zone}`, `--change-interface=${bridge}`)
}

/** 34: it is in no zone. 112: there is no such zone. 252: firewalld does not run. */
function leave(zone: string, bridge: string): RunAction {
  return { ...command(`--zone=${zone}`, `--remove-interface=${bridge}`), accept: [34, 112, 252] }
}

/** One that has just been started does not answer yet. */
function command(...words: string[]): RunAction {
  return { kind: 'run', argv: ['firewall-cmd', ...words], again: { whenItSays: 'not running', most: 20 } }
}
