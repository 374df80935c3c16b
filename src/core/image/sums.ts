/** Lists of checksums as projects publish them: of sha256sum, of BSD's tools, signed or not, or one checksum and nothing else. */
import { parseChecksum, type Checksum } from './image.ts'

export interface PublishedSum {
  /** The name of the file, its version filled in. */
  readonly file: string
  readonly checksum: Checksum
}

const VERSION = '{version}'

/** `HEX  FILE`, `HEX *FILE`; `SHA256 (FILE) = HEX`. */
const GNU = /^([0-9a-f]{64}|[0-9a-f]{128})\s+\*?(\S.*)$/i
const BSD = /^SHA(?:256|512)\s*\((.+)\)\s*=\s*([0-9a-f]+)$/i

/** What the list says of a file; the highest version where its name has `{version}`. */
export function findSum(text: string, file: string): PublishedSum | undefined {
  const lone = parseChecksum(text)
  if (lone !== undefined && !file.includes(VERSION)) return { file, checksum: lone }
  const sums = readSums(text)
  // A list of one, beside the file, is about that file, whatever the file was called when the list was made.
  const [only] = sums
  if (sums.length === 1 && only !== undefined && !file.includes(VERSION)) return { ...only, file }
  const pattern = patternOf(file)
  const fitting = sums.filter((sum) => pattern.test(sum.file))
  return fitting.sort((a, b) => compareVersions(a.file, b.file)).at(-1)
}

function readSums(text: string): PublishedSum[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, gnuHex, gnuFile] = GNU.exec(line.trim()) ?? []
    const [, bsdFile, bsdHex] = BSD.exec(line.trim()) ?? []
    const checksum = parseChecksum(gnuHex ?? bsdHex ?? '')
    const name = gnuFile ?? bsdFile ?? ''
    return checksum === undefined ? [] : [{ file: name.slice(name.lastIndexOf('/') + 1), checksum }]
  })
}

function patternOf(file: string): RegExp {
  const parts = file.split(VERSION).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[0-9]+(?:[.][0-9]+)*')}$`)
}

/** By the numbers in them: 12.9.0 before 12.10.0. */
function compareVersions(a: string, b: string): number {
  const numbers = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number)
  const [left, right] = [numbers(a), numbers(b)]
  const at = left.findIndex((value, index) => value !== right[index])
  return at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1)
}
