/** What `weft net update` is told to change: a section, and its entry as words or as a snippet of libvirt's XML. */
import { invalidDefinition, WeftError, type Problem } from '../core/errors.ts'
import type { Place } from '../core/network/draft.ts'
import {
  SECTION_NAMES,
  UPDATE_COMMANDS,
  type NetworkUpdate,
  type SectionEntries,
  type SectionName,
} from '../core/network/update/sections.ts'
import { readElement, type Reading } from '../libvirt/xml/element-shape.ts'
import { READ_ENTRY } from '../libvirt/xml/entry-draft.ts'
import { ENTRY_ELEMENTS } from '../libvirt/xml/entry-element.ts'
import { parseXml } from '../libvirt/xml/xml-tree.ts'
import { findSection, readEntryWords } from './entry-words.ts'

export interface UpdateText {
  readonly command: string
  readonly section: string
  /** Words, or one snippet of XML. */
  readonly entry: readonly string[]
  readonly parentIndex?: number
}

/** Throws 'invalid-argument' for a command or section nobody knows, 'invalid-definition' with all that is wrong with the entry. */
export async function readNetworkUpdate(update: UpdateText): Promise<NetworkUpdate> {
  const command = UPDATE_COMMANDS.find((each) => each === update.command)
  if (command === undefined)
    throw new WeftError('invalid-argument', `nothing is done by '${update.command}'`, {
      hint: UPDATE_COMMANDS.join(', '),
    })
  const section = knownSection(update.section)
  const [first = ''] = update.entry
  const isXml = first.trimStart().startsWith('<')
  const reading: Reading = { problems: [], places: new Map<string, Place>() }
  const data = isXml
    ? await readXml(section, update.entry.join(' '), reading)
    : readWords(section, update.entry, reading)
  const entry = readTyped(section, data, reading)
  if (reading.problems.length > 0)
    throw invalidDefinition(`the entry of ${section}`, reading.problems.map(inFewWords))
  const { parentIndex } = update
  const more = parentIndex === undefined ? {} : { parentIndex }
  // The pair of section and entry is right by construction.
  return { command, section, entry, isPartial: !isXml, ...more } as NetworkUpdate
}

function knownSection(name: string): SectionName {
  const { section, meant } = findSection(name)
  if (section !== undefined) return section
  if (name === 'forward-pf')
    throw new WeftError(
      'unsupported',
      "section 'forward-pf' is not supported: weft does not hand whole PCI devices to guests",
    )
  throw new WeftError('invalid-argument', `a network has no section '${name}'`, {
    hint: meant === undefined ? SECTION_NAMES.join(', ') : `did you mean ${meant}?`,
  })
}

async function readXml(section: SectionName, text: string, reading: Reading): Promise<unknown> {
  const parsed = await parseXml(text)
  const { name, shape } = ENTRY_ELEMENTS[section]
  if ('problem' in parsed) throw invalidDefinition(`the entry of ${section}`, [parsed.problem])
  const { root } = parsed
  if (root.name !== name) {
    const message = `this is a <${root.name}>, but an entry of ${section} is a <${name}>`
    throw invalidDefinition(`the entry of ${section}`, [{ path: `<${root.name}>`, message, ...root.place }])
  }
  reading.places.set('', root.place)
  return readElement(shape, root, reading)
}

function readWords(section: SectionName, words: readonly string[], reading: Reading): unknown {
  const { data, problems } = readEntryWords(section, words)
  reading.problems.push(...problems)
  return data
}

function readTyped<S extends SectionName>(section: S, data: unknown, reading: Reading): SectionEntries[S] {
  return READ_ENTRY[section](data as never, reading)
}

/** Of `ip[0].dhcp.range[0].start` only the end is what was typed. */
function inFewWords(problem: Problem): Problem {
  return { ...problem, path: problem.path.replace(/^.*[.\]](?=[^.\]])/, '') }
}
