/** Labs that there are, and the revisions of each. */
import { WeftError } from '../../core/errors.ts'
import type { LabRecord, LabRevision } from '../../core/lab/record.ts'
import { labRevisionFile } from '../../core/host/paths.ts'
import { someOf } from '../find-network.ts'
import type { App } from '../ports.ts'

export interface LabState extends LabRecord {
  readonly last: LabRevision | undefined
}

export function listLabs(app: App): Promise<LabState[]> {
  return Promise.all(
    app.labs.list().map(async (lab) => ({ ...lab, last: await readRevision(app, lab.name, lab.revision) })),
  )
}

/** Oldest first. */
export async function labRevisions(app: App, name: string): Promise<LabRevision[]> {
  const { revision } = getLab(app, name)
  const numbers = Array.from({ length: revision }, (_, index) => index + 1)
  return (await Promise.all(numbers.map((number) => readRevision(app, name, number)))).flatMap(
    (found) => found ?? [],
  )
}

export function getLab(app: App, name: string): LabRecord {
  const lab = app.labs.find(name)
  if (lab !== undefined) return lab
  const names = app.labs.list().map((each) => each.name)
  throw new WeftError('not-found', `there is no lab named '${name}'`, {
    hint: names.length === 0 ? 'weft apply -f FILE' : `weft lab list (it shows ${someOf(names)})`,
  })
}

async function readRevision(app: App, name: string, number: number): Promise<LabRevision | undefined> {
  const text = await app.host.readTextFile(labRevisionFile(app.facts.paths, name, number))
  return text === undefined ? undefined : (JSON.parse(text) as LabRevision)
}
