/** Checks that what stands in an image's record has the shape the rest of weft trusts. */
import type { ImageRecord } from '../core/image/image.ts'
import { count, list, name, oneOf, optional, record, someText, text } from './check-value.ts'

/** Throws an Error whose message names the first place that is wrong. */
export function checkImageRecord(value: unknown): ImageRecord {
  image(value, '')
  return value as ImageRecord
}

const image = record({
  digest: text('64 hexadecimal digits', (word) => /^[0-9a-f]{64}$/.test(word)),
  names: list(name),
  title: someText,
  kind: oneOf('disk', 'iso'),
  arch: someText,
  format: oneOf('qcow2', 'raw'),
  size: count,
  bytes: count,
  user: optional(someText),
  minimumDisk: optional(count),
  from: someText,
  checked: optional(record({ checksum: someText, by: someText })),
  since: someText,
})
