/** Running plans and the history of finished ones. */
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import type { Change, Journal, JournalEntry, Outcome, UnfinishedPlan } from '../app/ports.ts'
import { NO_SNAPSHOT, type Snapshot } from '../core/host/snapshot.ts'
import type { Paths } from '../core/host/paths.ts'
import type { Plan, Step } from '../core/plan/plan.ts'
import { createJournalFile, readJournalFile, writeWhole, type JournalHead } from './journal-file.ts'

/** Older changes are forgotten. */
const HISTORY_LENGTH = 200

interface Places {
  /** Plans that concern what a reboot takes away. */
  readonly running: string
  /** Plans that change lasting files. */
  readonly lasting: string
  readonly history: string
}

export function openJournal(paths: Paths): Journal {
  const places = {
    running: `${paths.run}/journal`,
    lasting: `${paths.lib}/journal`,
    history: `${paths.lib}/history`,
  }
  for (const place of Object.values(places)) {
    // Plans hold secrets; what lies beside them is read by dnsmasq and QEMU, who are not root.
    fs.mkdirSync(dirname(place), { recursive: true, mode: 0o755 })
    fs.mkdirSync(place, { recursive: true, mode: 0o700 })
  }
  let last = Math.max(0, ...Object.values(places).flatMap((place) => numbersIn(place)))
  return {
    async begin(plan, by) {
      last += 1
      return await beginEntry(places, { number: last, by, at: new Date().toISOString(), plan })
    },
    unfinished: () => Promise.resolve(readUnfinished(places)),
    history: () =>
      Promise.resolve(
        numbersIn(places.history).flatMap((number) => readChange(`${places.history}/${number}.json`)),
      ),
  }
}

async function beginEntry(places: Places, head: JournalHead): Promise<JournalEntry> {
  const { number, plan } = head
  const added: Step[] = []
  const from = performance.now()
  const path = journalPath(places, number, plan)
  const file = await createJournalFile(path, head, plan.isLasting)
  return {
    number,
    stepDone: (index) => file.stepDone(index),
    async extend(steps) {
      await file.extend(steps)
      added.push(...steps)
    },
    async finish(outcome, before, after) {
      file.close()
      const durationMs = Math.round(performance.now() - from)
      // What happened, happened: a full disk loses the memory of it, not the truth.
      const whole = { ...head, plan: { ...plan, steps: [...plan.steps, ...added] } }
      await remember(places, whole, { outcome, durationMs, before, after }).catch(() => undefined)
      fs.rmSync(path, { force: true })
    },
  }
}

/** Written before the running plan is forgotten: a crash in between leaves both, and the history wins. */
async function remember(
  places: Places,
  head: JournalHead,
  end: { outcome: Outcome; durationMs: number; before: Snapshot; after: Snapshot },
): Promise<void> {
  const { number, by, at, plan } = head
  const change: Change = { number, title: plan.title, by, at, plan, ...end }
  await writeWhole(historyPath(places, number), `${JSON.stringify(change)}\n`, plan.isLasting)
  for (const old of numbersIn(places.history).slice(0, -HISTORY_LENGTH)) {
    fs.rmSync(historyPath(places, old), { force: true })
  }
}

function readUnfinished(places: Places): UnfinishedPlan[] {
  return [places.running, places.lasting].flatMap((place) =>
    numbersIn(place).flatMap((number) => {
      const path = `${place}/${number}.jsonl`
      const journal = readJournalFile(path)
      if (journal === undefined || fs.existsSync(historyPath(places, number))) {
        fs.rmSync(path, { force: true })
        return []
      }
      const close = async (outcome: Outcome): Promise<void> => {
        await remember(places, journal.head, {
          outcome,
          durationMs: 0,
          before: NO_SNAPSHOT,
          after: NO_SNAPSHOT,
        })
        fs.rmSync(path, { force: true })
      }
      return [{ number, plan: journal.head.plan, stepsDone: journal.stepsDone, close }]
    }),
  )
}

/** A file that is not whole (the disk lost it) is passed over. */
function readChange(path: string): Change[] {
  try {
    return [JSON.parse(fs.readFileSync(path, 'utf8')) as Change]
  } catch {
    return []
  }
}

function journalPath(places: Places, number: number, plan: Plan): string {
  return `${plan.isLasting ? places.lasting : places.running}/${number}.jsonl`
}

function historyPath(places: Places, number: number): string {
  return `${places.history}/${number}.json`
}

/** Sorted; only files that are named by a number. */
function numbersIn(directory: string): number[] {
  return fs
    .readdirSync(directory)
    .flatMap((name) => {
      const match = /^(\d+)\.jsonl?$/.exec(name)
      return match === null ? [] : [Number(match[1])]
    })
    .sort((a, b) => a - b)
}
