/** What to type next, so that nobody has to look it up: ready to be copied. */
import { defaultSandboxRoot } from '../sandbox/world.ts'
import type { Place } from './weftd.ts'

/** `sudo ./weft --sandbox`: the words in front of every command that speaks to this weftd. */
export function weftWords(place: Place): string {
  const sudo = process.env['SUDO_USER'] === undefined ? '' : 'sudo '
  const isUsual = place.root === (place.isSandbox ? defaultSandboxRoot() : '/')
  return `${sudo}./weft${place.isSandbox ? ' --sandbox' : ''}${isUsual ? '' : ` --root ${place.root}`}`
}

/** Lines of two columns: the words, and what they do. */
export function nextWords(place: Place, machine: string, ip: string): string[] {
  const weft = weftWords(place)
  const inside = place.isSandbox ? [`${weft} sandbox exec -- `, `${weft} sandbox shell`] : ['', undefined]
  const lines: readonly (readonly [string, string])[] = [
    [`${weft} vm console ${machine}`, 'its terminal; Ctrl-] leaves it running'],
    [`${inside[0] ?? ''}${place.isSandbox ? 'busybox ' : ''}ping -c 3 ${ip}`, 'reach it'],
    [`${weft} net leases default`, 'who has which address'],
    [`${weft} diff`, 'what the last change did to the host'],
    ...(inside[1] === undefined ? [] : [[inside[1], 'look around with ip, nft, bridge'] as const]),
    [`${weft} down`, 'take it all back'],
  ]
  const width = Math.max(...lines.map(([words]) => words.length))
  return lines.map(([words, what]) => `  ${words.padEnd(width)}  ${what}`)
}
