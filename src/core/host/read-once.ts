/** What is read off an answer of the mirror, read once: as long as nothing has happened it gives the same answer to every look. */

export function readOnce<Raw extends object, Read>(read: (raw: Raw) => Read): (raw: Raw) => Read {
  const known = new WeakMap<Raw, { readonly read: Read }>()
  return (raw) => {
    const found = known.get(raw) ?? { read: read(raw) }
    known.set(raw, found)
    return found.read
  }
}
