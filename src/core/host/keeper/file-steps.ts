/** Files of whoever keeps the NIC, changed by steps that can be taken back to the last byte, also by a shell script that has never heard of weft. */
import type { Step } from '../../plan/plan.ts'
import { shellQuote } from '../../plan/shell-quote.ts'
import type { FileChange } from './seen-keeper.ts'

export const reversed = ({ before, after, ...change }: FileChange): FileChange => ({
  ...change,
  before: after,
  after: before,
})

/** What a client alone will write is not written here. */
export function changeSteps(changes: readonly FileChange[]): Step[] {
  const own = changes.filter(({ isClients, before, after }) => isClients !== true || before !== after)
  return own.map((change): Step => ({
    reason: change.reason,
    do: fileAction(change),
    undo: fileAction(reversed(change), true),
  }))
}

/** Taking back is harmless where nothing was done, and does not ask who has written there since. */
function fileAction({ path, before, after, mode, isClients }: FileChange, isBack = false): Step['do'] {
  if (after === undefined) return { kind: 'remove', path }
  const replaces = before === undefined || isBack || isClients ? {} : { replaces: before }
  return { kind: 'write', path, content: after, mode, ...replaces }
}

/** What the guard puts back lies beside its script. */
export const copyName = (index: number): string => `before-${String(index)}`

export function copySteps(changes: readonly FileChange[], directory: string, undo: Step['undo']): Step[] {
  return changes.flatMap(({ path, before, mode }, index): Step[] =>
    before === undefined
      ? []
      : [
          {
            reason: `${path} as it is now is kept, to the last byte`,
            do: { kind: 'write', path: `${directory}/${copyName(index)}`, content: before, mode },
            undo,
          },
        ],
  )
}

/** Lines of shell, run in the guard's directory: every file is as it was. */
export function restoreFileLines(changes: readonly FileChange[]): string[] {
  return changes.map(({ path, before }, index) => {
    const [file, fresh] = [shellQuote(path), shellQuote(`${path}.new`)]
    if (before === undefined) return `rm -f ${file} ${fresh} || failed=1`
    const copy = copyName(index)
    return `cmp -s ${copy} ${file} || { cp -p ${copy} ${fresh} && sync ${fresh} && mv -T ${fresh} ${file}; } || failed=1`
  })
}
