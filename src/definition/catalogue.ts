/** A catalogue of images as an administrator writes it: a list in YAML or JSON, every key known, every problem with its place. */
import { WeftError, type Problem } from '../core/errors.ts'
import { isTrustworthy, type CatalogueEntry } from '../core/image/catalogue.ts'
import { isImageName, parseChecksum, type ImageKind } from '../core/image/image.ts'
import type { Place } from '../core/network/draft.ts'
import type { Reading } from '../libvirt/xml/element-shape.ts'
import { expectMap, readList, readMap, readWord } from './read-map.ts'
import { parseYaml, type YamlTree } from './yaml-tree.ts'

const KEYS = ['name', 'aliases', 'title', 'kind', 'arch', 'url', 'checksum', 'sums', 'user', 'disk'] as const
type Key = (typeof KEYS)[number]
type Values = Partial<Record<Key, YamlTree>>

/** Throws 'invalid-definition' with every problem. */
export async function readCatalogue(text: string, source: string): Promise<CatalogueEntry[]> {
  const parsed = await parseYaml(text, source.endsWith('.json') ? 'JSON' : 'YAML')
  if ('problems' in parsed) throw refusal(source, parsed.problems)
  const reading: Reading = { problems: [], places: new Map<string, Place>() }
  const entries = readList(parsed.tree).flatMap((tree) => readEntry(tree, source, reading) ?? [])
  if (reading.problems.length > 0) throw refusal(source, reading.problems)
  return entries
}

const refusal = (source: string, problems: readonly Problem[]): WeftError =>
  new WeftError('invalid-definition', `the catalogue '${source}' is not acceptable`, {
    details: [['file', source]],
    problems,
  })

function readEntry(tree: YamlTree, source: string, reading: Reading): CatalogueEntry | undefined {
  const map = expectMap(tree, '', reading)
  if (map === undefined) return undefined
  const values = readMap(map, KEYS, 'an image', reading)
  const word = (key: Key): string | undefined => readWord(values[key], key, reading)
  const complain = (key: Key, message: string, hint: string): void => {
    reading.problems.push({ path: key, message, hint, ...(values[key]?.place ?? tree.place) })
  }
  const name = word('name') ?? ''
  if (!isImageName(name)) complain('name', `'${name}' cannot be an image's name`, 'such as: name: debian-12')
  const aliases = readList(values.aliases).map((alias) => readWord(alias, 'aliases', reading) ?? '')
  if (!aliases.every(isImageName)) complain('aliases', 'an alias is a name, too', 'such as: aliases: [web]')
  const title = word('title') ?? name
  const arch = word('arch') ?? 'x86_64'
  if (arch !== 'x86_64') complain('arch', `machines of weft do not run '${arch}'`, 'arch: x86_64')
  const user = word('user')
  return {
    ...{ name, aliases, title, arch, kind: readKind(word('kind'), complain), source },
    ...readPlaces(word, complain),
    ...(user === undefined ? {} : { user }),
    ...readDisk(values, word('disk'), complain),
  }
}

type Complain = (key: Key, message: string, hint: string) => void

function readKind(text: string | undefined, complain: Complain): ImageKind {
  if (text === 'iso' || text === 'disk') return text
  if (text !== undefined) complain('kind', `'${text}' is no kind of image`, 'disk, or iso')
  return 'disk'
}

function readPlaces(
  word: (key: Key) => string | undefined,
  complain: Complain,
): Pick<CatalogueEntry, 'url' | 'checksum' | 'sums'> {
  const url = word('url') ?? ''
  if (!/^https?:\/\/[^/]/.test(url))
    complain('url', `'${url}' is no address of a file`, 'such as https://example.org/image.qcow2')
  const text = word('checksum')
  const checksum = text === undefined ? undefined : parseChecksum(text)
  if (text !== undefined && checksum === undefined)
    complain('checksum', `'${text}' is no checksum`, 'sha256: and 64 digits, or sha512: and 128')
  const sums = word('sums')
  if (sums !== undefined && !isTrustworthy(sums))
    complain('sums', `'${sums}' could be changed on its way`, 'an address that begins with https://')
  if (url.includes('{version}') && sums === undefined)
    complain('url', 'the version is read from a list of checksums', 'name it: sums: https://…/SHA256SUMS')
  return {
    url,
    ...(checksum === undefined ? {} : { checksum }),
    ...(sums === undefined ? {} : { sums }),
  }
}

const UNITS = ['', 'K', 'M', 'G', 'T'] as const

function readDisk(
  values: Values,
  text: string | undefined,
  complain: Complain,
): Pick<CatalogueEntry, 'minimumDisk'> {
  if (values.disk === undefined) return {}
  const [, number = '', unit = ''] = /^(\d+)([KMGT]?)$/.exec(text ?? '') ?? []
  if (number !== '')
    return { minimumDisk: Number(number) * 1024 ** UNITS.indexOf(unit as (typeof UNITS)[number]) }
  complain('disk', `'${text ?? ''}' is no size`, 'such as: disk: 8G')
  return {}
}
