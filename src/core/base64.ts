/** Bytes that came as text: what agents of guests print, and what libvirt keeps of secrets. */

/** Throws a DOMException for text that is something else. */
export const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))

/** The same of text in UTF-8. */
export const textFromBase64 = (text: string): string => new TextDecoder().decode(fromBase64(text))
