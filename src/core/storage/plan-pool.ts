/** The directory of a pool: made, and removed when nothing is in it. */
import { cannotUndo, lastingPlan, noUndo, type Plan, type Step } from '../plan/plan.ts'
import type { PoolSpec } from './pool.ts'

/** Others may pass through, not look around: a disk's name is nobody's business. */
export function poolStep({ path }: PoolSpec): Step {
  return {
    reason: 'the pool has its directory',
    do: { kind: 'mkdir', path, mode: 0o711 },
    undo: noUndo('an empty pool is as good as none'),
  }
}

export const planPoolBuild = (pool: PoolSpec): Plan =>
  lastingPlan(`make the directory of pool '${pool.name}'`, [poolStep(pool)])

export function planPoolDelete({ name, path }: PoolSpec): Plan {
  return lastingPlan(`delete the directory of pool '${name}'`, [
    {
      reason: `the directory of ${name} goes; one with files in it stays`,
      do: { kind: 'run', argv: ['rmdir', path] },
      undo: cannotUndo('weft pool build makes it again, empty'),
    },
  ])
}
