/** Optional fields: `given({ a, b })` has those that are there, as exactOptionalPropertyTypes wants it. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const there: { [K in keyof T]?: Exclude<T[K], undefined> } = {}
  for (const name of Object.keys(fields) as (keyof T)[]) {
    const value = fields[name]
    if (value !== undefined) there[name] = value as Exclude<T[typeof name], undefined>
  }
  return there
}
