/** It stays: the guard has nothing to take back any more. */
import { run } from '../../plan/action.ts'
import { cannotUndo, lastingPlan, noUndo, type Plan, type Step } from '../../plan/plan.ts'
import type { Paths } from '../paths.ts'
import { guardFiles, REMOVAL } from './guard-files.ts'

/** `names` of changes that wait. */
export function planConfirm(names: readonly string[], paths: Paths): Plan {
  return lastingPlan(
    'confirm the change of this host',
    names.flatMap((name): Step[] => {
      const { lock, armed, confirmed, directory } = guardFiles(paths, name)
      const confirm: Step = {
        reason: 'the guard has nothing to take back any more, if it has not begun',
        do: run('flock', lock, 'mv', '-T', armed, confirmed),
        undo: cannotUndo('there is no guard any more'),
      }
      if (!name.endsWith(REMOVAL)) return [confirm]
      const bridge = guardFiles(paths, name.slice(0, -REMOVAL.length))
      return [
        confirm,
        {
          reason: 'it has done its duty',
          do: { kind: 'remove', path: directory },
          undo: noUndo('nobody needs it'),
        },
        {
          reason: 'nothing is known of the bridge any more',
          do: { kind: 'remove', path: bridge.directory },
          undo: noUndo('there is no bridge any more'),
        },
      ]
    }),
  )
}
