/** Definitions of machines as text: libvirt's domain XML, weft's YAML, JSON; recognised, read and written back. */
import { invalidDefinition } from '../core/errors.ts'
import type { VmDefinition } from '../core/vm/definition.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { formatDomainXml, parseDomainXml } from '../libvirt/xml/domain/domain.ts'
import { parseMachineYaml } from './machine-yaml.ts'

export interface ReadVm {
  readonly definition: VmDefinition
  /** What it says in weft's own words. */
  readonly rest: object
  readonly what: string
  /** What was left out of a text that was written for libvirt. */
  readonly notes?: readonly string[]
}

/**
 * Throws 'invalid-definition' with every problem and its place. `source` is the file's name, for messages; `isForeign`: what a machine can do
 * without is left out, and told.
 */
export async function readVmDefinition(
  text: string,
  source: string | undefined,
  isForeign = false,
): Promise<ReadVm> {
  const what = source ?? 'the definition'
  const first = text.replace(/^\uFEFF/, '').trimStart()[0]
  if (first !== '<' && !isForeign)
    return readYaml(text, first === '{' || first === '[' ? 'JSON' : 'YAML', what)
  const result = await parseDomainXml(text, isForeign)
  if ('problems' in result) throw invalidDefinition(what, result.problems)
  const { definition, weft, notes } = result
  if (weft === undefined) return { definition, rest: {}, what, notes }
  try {
    const rest = JSON.parse(weft.text) as unknown
    if (typeof rest === 'object' && rest !== null && !Array.isArray(rest))
      return { definition, rest, what, notes }
  } catch {
    // Said below, with the place.
  }
  const message = 'what weft has written here is not JSON any more'
  throw invalidDefinition(what, [
    { path: '<weft:machine>', message, hint: 'leave it out', ...weft.element.place },
  ])
}

async function readYaml(text: string, language: 'YAML' | 'JSON', what: string): Promise<ReadVm> {
  const hint = 'weft vm define FILE'
  if (text.trim() === '')
    throw invalidDefinition(what, [
      { path: 'definition', message: 'there is no text in it', hint, line: 1, column: 1 },
    ])
  const result = await parseMachineYaml(text, language)
  if ('problems' in result) throw invalidDefinition(what, result.problems)
  return { definition: result.definition, rest: {}, what }
}

/** As `virsh dumpxml` prints it; `around` is what the spec does not say. Without secrets, which its caller has taken out. */
export function formatVmDefinition(spec: VmSpec, around: Parameters<typeof formatDomainXml>[1]): string {
  return formatDomainXml(spec, around)
}
