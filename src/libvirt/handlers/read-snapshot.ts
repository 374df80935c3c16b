/** The text of a snapshot, or why it is none. */
import { parseSnapshotXml, type SnapshotDraft } from '../xml/snapshot.ts'
import { fail, tellProblems } from './failures.ts'

export async function readSnapshot(xml: string): Promise<SnapshotDraft> {
  const read = await parseSnapshotXml(xml)
  if ('draft' in read) return read.draft
  throw fail('xml', 'domain', tellProblems(read.problems, 'domain_snapshot'))
}
