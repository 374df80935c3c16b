/** What is read off a look at the host, read once for each answer: hundreds of networks ask for it, and what has not changed is the same object. */

export function readOnce<Raw extends object, Read>(read: (raw: Raw) => Read): (raw: Raw) => Read {
  const known = new WeakMap<Raw, { readonly read: Read }>()
  return (raw) => {
    const found = known.get(raw) ?? { read: read(raw) }
    known.set(raw, found)
    return found.read
  }
}

/**
 * What is made of something and of facts besides, again while these are the same ones. It is never older than what it was made of: `make`
 * knows nothing but that.
 */
export function madeOnce<Subject extends object, Facts extends readonly unknown[], Made>(
  make: (subject: Subject, ...facts: Facts) => Made,
): (subject: Subject, ...facts: Facts) => Made {
  const known = new WeakMap<Subject, { readonly facts: Facts; readonly made: Made }>()
  return (subject, ...facts) => {
    const last = known.get(subject)
    if (last !== undefined && isSame(last.facts, facts)) return last.made
    const made = make(subject, ...facts)
    known.set(subject, { facts, made })
    return made
  }
}

const isSame = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((each, place) => each === other[place])
