/** What to type next, so that nobody has to look it up: ready to be copied. */
import { defaultSandboxRoot } from '../sandbox/world.ts'
import type { Place } from './weftd.ts'

/** Lines of two columns: the words, and what they do. */
export function nextWords(place: Place, machine: string, ip: string): string[] {
  const sudo = process.env['SUDO_USER'] === undefined ? '' : 'sudo '
  const isUsual = place.root === (place.isSandbox ? defaultSandboxRoot() : '/')
  const root = isUsual ? '' : ` --root ${place.root}`
  const weft = `${sudo}./weft${place.isSandbox ? ' --sandbox' : ''}${root}`
  const sandbox = `${sudo}./weft${root} sandbox`
  const reach = place.isSandbox ? `${sandbox} exec -- busybox wget -qO- ${ip}` : `ping -c 3 ${ip}`
  const lines: readonly (readonly [string, string])[] = [
    [`${weft} vm console ${machine}`, 'its terminal; Ctrl-] leaves it running'],
    [reach, 'reach it from this host'],
    [`${weft} net leases default`, 'who has which address'],
    [`${weft} history`, 'what was done; then: diff 2'],
    ...(place.isSandbox ? [[`${sandbox} shell`, 'look around with ip, nft, bridge'] as const] : []),
    [`${weft} down`, 'take it all back'],
  ]
  const width = Math.max(...lines.map(([words]) => words.length))
  return lines.map(([words, what]) => `  ${words.padEnd(width)}  ${what}`)
}
