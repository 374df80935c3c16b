/** Places where disks lie. A disk's name is its own in all of them together, so that nobody has to say where one is. */
import { invalidDefinition, type Problem } from '../errors.ts'
import { poolDirectory, type Paths } from '../host/paths.ts'

/** Other kinds bring fields of their own; whoever asks where a file lies asks `poolPath`. */
export interface PoolSpec {
  readonly name: string
  readonly kind: 'directory'
  readonly path: string
  /** As somebody has given it; absent: one is made of name and path, where one is asked for. */
  readonly uuid?: string
  /** It is not there after the host has started until somebody starts it. */
  readonly isManual?: true
}

/** What somebody has made of a pool since the host has started. */
export interface PoolMark {
  readonly name: string
  readonly isActive: boolean
  /** One that has no definition, and is forgotten when it is stopped. */
  readonly transient?: PoolSpec
}

/** A pool as it stands; one that is not active is not looked into, and nothing is put there. */
export interface StandingPool extends PoolSpec {
  readonly isActive: boolean
  readonly isPersistent: boolean
}

/** There without being defined. */
export const defaultPool = (paths: Paths): PoolSpec => ({
  name: 'default',
  kind: 'directory',
  path: poolDirectory(paths),
})

/** The built-in one first, which a definition of that name stands for. */
export function standingPools(
  builtIn: PoolSpec,
  defined: readonly PoolSpec[],
  marks: readonly PoolMark[],
): StandingPool[] {
  const own = defined.find(({ name }) => name === builtIn.name) ?? builtIn
  const persistent = [own, ...defined.filter(({ name }) => name !== builtIn.name)].map((spec) => ({
    ...spec,
    isActive: marks.find(({ name }) => name === spec.name)?.isActive ?? spec.isManual !== true,
    isPersistent: true,
  }))
  const transient = marks.flatMap((mark) =>
    mark.transient === undefined || persistent.some(({ name }) => name === mark.name)
      ? []
      : [{ ...mark.transient, isActive: true, isPersistent: false }],
  )
  return [...persistent, ...transient]
}

export function definitionOf({ name, kind, path, uuid, isManual }: PoolSpec): PoolSpec {
  const more = { ...(uuid === undefined ? {} : { uuid }), ...(isManual === undefined ? {} : { isManual }) }
  return { name, kind, path, ...more }
}

export function refusePoolProblems(wanted: PoolSpec, others: readonly PoolSpec[]): void {
  const problems: Problem[] = []
  if (!/^[\p{L}\p{N}_][^/\p{Cc}]{0,62}$/u.test(wanted.name)) {
    const hint = 'at most 63 characters, of which the first is a letter or a digit and none a slash'
    problems.push({ path: 'name', message: `'${wanted.name}' cannot be a pool's name`, hint })
  }
  const isPlain = /^\/[^\p{Cc}]*[^/\p{Cc}]$/u.test(wanted.path) && !/\/\.{0,2}(\/|$)/.test(wanted.path)
  if (!isPlain) {
    const hint = 'a directory, absolute and without . and ..: --path /srv/disks'
    problems.push({ path: 'path', message: `'${wanted.path}' cannot be a pool's directory`, hint })
  }
  const same = others.find(({ name, path }) => name !== wanted.name && path === wanted.path)
  if (same !== undefined) {
    const message = `'${wanted.path}' is the directory of pool '${same.name}' already`
    problems.push({ path: 'path', message, hint: 'weft pool list' })
  }
  if (problems.length > 0) throw invalidDefinition(`pool '${wanted.name}'`, problems)
}
