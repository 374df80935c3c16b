/** Values inside QEMU's comma-separated options. */

/** A comma inside a value is written twice. */
export const escapeCommas = (value: string): string => value.replaceAll(',', ',,')
