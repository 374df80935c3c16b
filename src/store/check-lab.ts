/** Checks that what is kept of a lab has the shape the rest of weft trusts. */
import type { LabRecord } from '../core/lab/record.ts'
import { count, list, name, record } from './check-value.ts'

/** Throws an Error whose message names the first place that is wrong. */
export function checkLabRecord(value: unknown): LabRecord {
  lab(value, '')
  return value as LabRecord
}

const lab = record({ name, revision: count, networks: list(name), machines: list(name) })
