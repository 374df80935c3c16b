/** Checks that what stands in the record of a saved machine has the shape the rest of weft trusts. */
import type { SavedVm } from '../core/vm/saved.ts'
import { vm } from './check-definition.ts'
import { count, list, name, oneOf, optional, record, someText, machineType } from './check-value.ts'

/** Throws an Error whose message names the first place that is wrong. */
export function checkSavedVm(value: unknown): SavedVm {
  saved(value, '')
  return value as SavedVm
}

export const live = record({
  spec: vm,
  acceleration: record({ kind: oneOf('kvm', 'tcg'), because: someText }),
  taps: list(someText),
  lastSlot: optional(count),
  romless: optional(list(someText)),
  controllers: optional(list(oneOf('scsi', 'usb'))),
})

const saved = record({
  name,
  at: someText,
  state: oneOf('running', 'paused'),
  live,
  machineType,
  tag: optional(someText),
})
