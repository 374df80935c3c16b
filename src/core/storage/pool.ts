/** Places where disks lie. A disk's name is its own in all of them together, so that nobody has to say where one is. */
import { invalidDefinition, type Problem } from '../errors.ts'
import { poolDirectory, type Paths } from '../host/paths.ts'

/** Other kinds bring fields of their own; whoever asks where a file lies asks `poolPath`. */
export interface PoolSpec {
  readonly name: string
  readonly kind: 'directory'
  readonly path: string
}

/** There without being defined. */
export const defaultPool = (paths: Paths): PoolSpec => ({
  name: 'default',
  kind: 'directory',
  path: poolDirectory(paths),
})

export function refusePoolProblems(wanted: PoolSpec, others: readonly PoolSpec[]): void {
  const problems: Problem[] = []
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(wanted.name)) {
    const hint = 'letters, digits, dots, dashes and underscores, at most 63'
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
