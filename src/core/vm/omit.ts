/** A record without some of its fields, known ones; what comes to the record later stays in. */
export function omit<T extends object, K extends keyof T>(value: T, ...keys: readonly K[]): Omit<T, K> {
  const rest = Object.entries(value).filter(([key]) => !(keys as readonly PropertyKey[]).includes(key))
  return Object.fromEntries(rest) as Omit<T, K>
}
