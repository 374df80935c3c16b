/** What is read off a look at the host, read once for each answer: hundreds of networks ask for it, and what has not changed is the same object. */

export function readOnce<Raw extends object, Read>(read: (raw: Raw) => Read): (raw: Raw) => Read {
  const known = new WeakMap<Raw, { readonly read: Read }>()
  return (raw) => {
    const found = known.get(raw) ?? { read: read(raw) }
    known.set(raw, found)
    return found.read
  }
}
