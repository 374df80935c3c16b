/** Keys of a machine's keyboard, and its NMI. */
import { injectNmi, pressKeys } from '../../app/press-keys.ts'
import { keyOfLinux, keyOfXt } from '../../core/vm/key-codes.ts'
import { fail } from './failures.ts'
import { runningMachine } from './find-machine.ts'
import type { Handlers } from './handler.ts'

/** virKeycodeSet, with those that weft can make into QEMU's. */
const NAMES = ['linux', 'xt', 'atset1', 'atset2', 'atset3', 'os_x', 'xt_kbd', 'usb', 'win32', 'qnum'] as const
const same = (code: number): number => code
const SETS: Readonly<Record<number, (code: number) => number | undefined>> = {
  0: keyOfLinux,
  1: keyOfXt,
  2: keyOfXt,
  9: same,
}
/** The most that libvirt's clients may send at once. */
const MOST_KEYS = 16

export const KEY_HANDLERS = {
  DOMAIN_SEND_KEY: async (context, { dom, codeset, holdtime, keycodes }) => {
    const name = runningMachine(context, dom)
    if (keycodes.length > MOST_KEYS)
      throw fail('invalidArgument', 'qemu', `nkeycodes must be <= ${String(MOST_KEYS)}`)
    const keys = keycodes.map((code) => {
      const key = SETS[codeset]?.(code)
      if (key !== undefined) return key
      const of = `${String(code)} of ${NAMES[codeset] ?? String(codeset)} codeset`
      throw fail('invalidArgument', 'qemu', `cannot translate keycode ${of} to qnum keycode`)
    })
    await pressKeys(context.app, name, keys, holdtime === 0 ? undefined : holdtime)
    return {}
  },
  DOMAIN_INJECT_NMI: async (context, { dom }) => {
    await injectNmi(context.app, runningMachine(context, dom))
    return {}
  },
} as const satisfies Partial<Handlers<'DOMAIN_SEND_KEY' | 'DOMAIN_INJECT_NMI'>>
