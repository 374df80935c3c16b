/** Everything wrong with a network definition, all at once. */
import type { Problem } from '../errors.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

/** `others` are all defined and all live networks; a definition of the same name and uuid is the one being replaced. */
export function networkProblems(_spec: NetworkSpec, _others: readonly NetworkSpec[]): Problem[] {
  return []
}

/** What on this host, not made by weft, is in the way of starting it: refuse with 'conflict'. */
export function startProblems(_spec: NetworkSpec, _seen: SeenHost): Problem[] {
  return []
}
