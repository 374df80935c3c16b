/** What a network cannot become while it runs, by name. */
import type { Problem } from '../../errors.ts'
import type { NetworkChange } from './plan-update.ts'

/** `isInUse`: guests are plugged in. */
export function frozenProblems({ live, wanted }: NetworkChange, isInUse: boolean): Problem[] {
  const problems: Problem[] = []
  const frozen = (path: string, before: string, after: string, because: string): number =>
    problems.push({ path, message: `${before} cannot become ${after}: ${because}` })
  if (live.name !== wanted.name)
    frozen('name', `'${live.name}'`, `'${wanted.name}'`, 'a network is known by its name')
  if (live.uuid !== wanted.uuid) frozen('uuid', live.uuid, wanted.uuid, 'it is what clients know it by')
  const [before, after] = [live.bridge, wanted.bridge]
  if (before === undefined || after === undefined) {
    if (live.mode !== wanted.mode || before !== after || live.hostBridge !== wanted.hostBridge)
      frozen('mode', placeOf(live), placeOf(wanted), 'every guest would have to be plugged in anew')
  } else if (before.name !== after.name)
    frozen('bridge.name', `the bridge ${before.name}`, after.name, 'a link is renamed only while it is down')
  if (live.mac !== wanted.mac && before !== undefined && after !== undefined)
    frozen('mac', live.mac ?? 'no MAC', wanted.mac ?? 'none', 'guests know their gateway by it')
  if (JSON.stringify(live.proxied) !== JSON.stringify(wanted.proxied))
    frozen('proxy', 'the addresses of the LAN', 'others', 'guests have them')
  const gone = (live.devices ?? []).filter((each) => !(wanted.devices ?? []).includes(each))
  if (isInUse && gone.length > 0)
    problems.push({ path: 'devices', message: `guests may sit on ${gone.join(', ')}` })
  return problems
}

function placeOf({ mode, hostBridge, devices }: NetworkChange['live']): string {
  const on = hostBridge ?? devices?.join(', ')
  return on === undefined ? `mode ${mode}` : `mode ${mode} on ${on}`
}
