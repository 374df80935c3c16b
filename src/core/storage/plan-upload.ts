/** Giving the file of a disk other bytes: beside it until they are whole, then in its place in one move. */
import { confinedArgv } from '../host/confinement.ts'
import type { HostFacts } from '../host/facts.ts'
import { cannotUndo, lastingPlan, noUndo, type Plan, type Step } from '../plan/plan.ts'
import { emptyFileStep, freshPath, LONG_MS, type SeenDisk } from './plan-disk.ts'

export interface UploadPlan {
  /** As a person would type it, the bytes on standard input. */
  readonly plan: Plan
  /** Steps before the bytes come. */
  readonly before: number
  /** What follows when they are there. */
  readonly sequel: readonly Step[]
}

/** `offset`: the rest of the file stays; absent: all of it is new. */
export function planDiskUpload(
  disk: Pick<SeenDisk, 'name' | 'path'>,
  offset: number | undefined,
  facts: HostFacts,
): UploadPlan {
  const { name, path } = disk
  const fresh = freshPath(path)
  const copy: Step = {
    reason: `what is in ${name} is kept until the new bytes are whole`,
    do: {
      kind: 'run',
      argv: confinedArgv(facts, ['cp', '--reflink=auto', '--sparse=always', path, fresh]),
      timeoutMs: LONG_MS,
    },
    undo: noUndo('removing the file takes its content along'),
  }
  const begin = [emptyFileStep(name, fresh, facts), ...(offset === undefined ? [] : [copy])]
  const come: Step = {
    reason: `the bytes come into a file beside that of ${name}, which nobody reads`,
    do: { kind: 'run', argv: confinedArgv(facts, fillArgv(fresh, offset)), timeoutMs: LONG_MS },
    undo: noUndo('removing the file takes its content along'),
  }
  const sequel = swapSteps(disk)
  const plan = lastingPlan(`upload disk '${name}'`, [...begin, come, ...sequel])
  return {
    plan: { ...plan, pointOfNoReturn: plan.steps.length - 1 },
    before: begin.length,
    sequel,
  }
}

function fillArgv(fresh: string, offset: number | undefined): [string, ...string[]] {
  if (offset === undefined) return ['cp', '--sparse=always', '/dev/stdin', fresh]
  const words = ['bs=1M', 'iflag=fullblock', 'oflag=seek_bytes', `seek=${String(offset)}`, 'conv=notrunc']
  return ['dd', 'status=none', 'if=/dev/stdin', `of=${fresh}`, ...words]
}

/** The old file keeps a second name until the new one is in its place: so there is a way back from every step. */
function swapSteps({ name, path }: Pick<SeenDisk, 'name' | 'path'>): Step[] {
  const old = `${path}.old`
  return [
    {
      reason: `what came for ${name} would survive a power cut`,
      do: { kind: 'run', argv: ['sync', freshPath(path)], timeoutMs: LONG_MS },
      undo: noUndo('there is nothing to take back'),
    },
    {
      reason: `what was in ${name} can be brought back`,
      do: { kind: 'run', argv: ['ln', '-fT', path, old] },
      undo: { kind: 'remove', path: old },
    },
    {
      reason: `${name} has the new bytes, all at once`,
      do: { kind: 'run', argv: ['mv', '-T', freshPath(path), path] },
      // Two names of one file: where nothing was moved yet, nothing is.
      undo: { kind: 'run', argv: ['mv', '-fT', old, path] },
    },
    {
      reason: `what was in ${name} goes`,
      do: { kind: 'remove', path: old },
      undo: cannotUndo('what was in the disk before is gone'),
    },
  ]
}
