/** Names of network interfaces, as the kernel accepts them. */

declare const nameBrand: unique symbol
/** 1 to 15 bytes, no slash, no blank, not `.` or `..` (IFNAMSIZ is 16 with the closing NUL; dev_valid_name in the kernel). */
export type InterfaceName = string & { readonly [nameBrand]: true }

export function parseInterfaceName(text: string): InterfaceName | undefined {
  return /^[A-Za-z0-9_.@-]{1,15}$/.test(text) && text !== '.' && text !== '..'
    ? (text as InterfaceName)
    : undefined
}
