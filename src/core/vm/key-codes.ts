/** Numbers of keys: Linux's (input-event-codes.h), and QEMU's, which are those of a PC's keyboard (set 1) with 0x80 for its second half. */

/** The first keyboards of PCs had these, and Linux has taken their numbers: up to F10, the block of digits, and F11, F12. */
const LAST_SAME = 88
/** In their row: there is no such key, or it is Japanese and has another number. */
const HOLES: readonly number[] = [84, 85]

/** Linux's number → that of the PC's keyboard. */
const OTHERS: Readonly<Record<number, number>> = {
  ...{ 89: 0x73, 92: 0x79, 93: 0x70, 94: 0x7b },
  // Enter of the digits, right Ctrl, divide, print screen, right Alt.
  ...{ 96: 0x9c, 97: 0x9d, 98: 0xb5, 99: 0x54, 100: 0xb8 },
  // Home, up, page up, left, right, end, down, page down, insert, delete.
  ...{ 102: 0xc7, 103: 0xc8, 104: 0xc9, 105: 0xcb, 106: 0xcd },
  ...{ 107: 0xcf, 108: 0xd0, 109: 0xd1, 110: 0xd2, 111: 0xd3 },
  // Mute, quieter, louder, power, equals of the digits, pause.
  ...{ 113: 0xa0, 114: 0xae, 115: 0xb0, 116: 0xde, 117: 0x59, 119: 0xc6 },
  // Comma of the digits, yen, both keys with a window, menu, sleep, wake up.
  ...{ 121: 0x7e, 124: 0x7d, 125: 0xdb, 126: 0xdc, 127: 0xdd, 142: 0xdf, 143: 0xe3 },
}

/** undefined: no keyboard of a PC has it. */
export function keyOfLinux(code: number): number | undefined {
  if (code >= 1 && code <= LAST_SAME && !HOLES.includes(code)) return code
  return OTHERS[code]
}

/** As the keyboard sends it: those of its second half with 0xe0 in front. */
export function keyOfXt(code: number): number | undefined {
  if (code >= 1 && code <= 0x7f) return code
  const isSecond = code >> 8 === 0xe0 && (code & 0x80) === 0
  return isSecond ? (code & 0x7f) | 0x80 : undefined
}
