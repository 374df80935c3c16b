/** What flags of a list ask for: of each group that has a bit set, one of its kinds; a group without any asks for all. */

export type FilterGroup<T> = Readonly<Record<number, (each: T) => boolean>>

export function select<T>(all: readonly T[], flags: number, groups: readonly FilterGroup<T>[]): readonly T[] {
  if (flags === 0) return all
  const asked = groups
    .map((group) => Object.entries(group).flatMap(([bit, is]) => ((flags & Number(bit)) === 0 ? [] : [is])))
    .filter((kinds) => kinds.length > 0)
  return all.filter((each) => asked.every((kinds) => kinds.some((is) => is(each))))
}
