/**
 * One running plan on disk: the plan in the first line, then a line per finished step, or with steps that were added. Whatever byte the machine stops at, the
 * lines before it are good; a first line that is not whole means that nothing had begun.
 */
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { WeftError } from '../core/errors.ts'
import type { Plan, Step } from '../core/plan/plan.ts'

export interface JournalHead {
  readonly number: number
  readonly by: string
  readonly at: string
  readonly plan: Plan
}

export interface ReadJournal {
  readonly head: JournalHead
  readonly stepsDone: number
}

export interface JournalFile {
  stepDone(index: number): Promise<void>
  extend(steps: readonly Step[]): Promise<void>
  close(): void
}

interface JournalLine {
  readonly done?: number
  readonly more?: readonly Step[]
}

/** With `isLasting` every line is on the disk before the next step begins. */
export async function createJournalFile(
  path: string,
  head: JournalHead,
  isLasting: boolean,
): Promise<JournalFile> {
  // Plans hold file contents, secrets among them.
  const file = fs.openSync(path, 'wx', 0o600)
  const append = async (line: object): Promise<void> => {
    fs.writeFileSync(file, `${JSON.stringify(line)}\n`)
    if (isLasting) await sync(file)
  }
  try {
    await append(head)
    if (isLasting) await syncDirectory(dirname(path))
  } catch (error) {
    fs.closeSync(file)
    fs.rmSync(path, { force: true })
    throw storeError(path, error)
  }
  const note = (line: JournalLine): Promise<void> =>
    append(line).catch((error: unknown) => {
      throw storeError(path, error)
    })
  return {
    stepDone: (index) => note({ done: index }),
    extend: (steps) => note({ more: steps }),
    close() {
      fs.closeSync(file)
    },
  }
}

/** undefined when not even the plan is whole: then no step has begun. */
export function readJournalFile(path: string): ReadJournal | undefined {
  const texts = fs.readFileSync(path, 'utf8').split('\n')
  // What follows the last line break was cut off while it was written.
  texts.pop()
  const [first, ...rest] = texts
  const head = first === undefined ? undefined : (parseLine(first) as JournalHead | undefined)
  if (head === undefined) return undefined
  const lines = rest.map((line) => (parseLine(line) as JournalLine | undefined) ?? {})
  const steps = [...head.plan.steps, ...lines.flatMap(({ more = [] }) => more)]
  const isGrown = head.plan.isGrown === true
  const stepsDone = isGrown ? steps.length : Math.max(-1, ...lines.map(({ done = -1 }) => done)) + 1
  return { head: { ...head, plan: { ...head.plan, steps } }, stepsDone }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Replaces a file as a whole and, when told so, makes sure it stays. */
export async function writeWhole(path: string, content: string, isLasting: boolean): Promise<void> {
  const fresh = `${path}.new`
  const file = fs.openSync(fresh, 'w', 0o600)
  try {
    fs.writeFileSync(file, content)
    if (isLasting) await sync(file)
  } finally {
    fs.closeSync(file)
  }
  fs.renameSync(fresh, path)
  if (isLasting) await syncDirectory(dirname(path))
}

async function syncDirectory(path: string): Promise<void> {
  const directory = fs.openSync(path, 'r')
  try {
    await sync(directory)
  } finally {
    fs.closeSync(directory)
  }
}

function storeError(path: string, error: unknown): WeftError {
  const { code, message } = error as NodeJS.ErrnoException
  const isFull = code === 'ENOSPC' || code === 'EDQUOT'
  return new WeftError(isFull ? 'no-space' : 'command-failed', `could not write '${path}'`, {
    details: [['it said', message]],
    hint: `df -h ${dirname(path)} shows how full it is`,
    cause: error,
  })
}

function sync(file: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(file, (error) => {
      if (error === null) resolve()
      else reject(error)
    })
  })
}
