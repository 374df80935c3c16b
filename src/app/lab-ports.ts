/** What is kept of labs. */
import type { FilterSpec } from '../core/network/filter/filter-spec.ts'
import type { LabRecord } from '../core/lab/record.ts'
import type { Store } from './ports.ts'

export interface LabStores {
  /** Network filters that somebody has defined, beside those that every libvirt brings. */
  readonly filters: Store<FilterSpec>
  /** What was made from a file each, and belongs to it. */
  readonly labs: Store<LabRecord>
}
