/** What is kept of labs. */
import type { LabRecord } from '../core/lab/record.ts'
import type { Store } from './ports.ts'

export interface LabStores {
  /** What was made from a file each, and belongs to it. */
  readonly labs: Store<LabRecord>
}
