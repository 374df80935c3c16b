/** libvirt domain XML ↔ definitions of machines. */
import type { Problem } from '../../../core/errors.ts'
import type { Place } from '../../../core/network/draft.ts'
import { WEFT_PART, type VmDefinition } from '../../../core/vm/definition.ts'
import type { DomainAround } from '../../../core/vm/domain-around.ts'
import { omit } from '../../../core/vm/omit.ts'
import type { VmSpec } from '../../../core/vm/spec.ts'
import { readElement, writeElement, type Reading } from '../element-shape.ts'
import { inOrder } from '../network.ts'
import { parseXml } from '../xml-tree.ts'
import { dataFromSpec } from './domain-data.ts'
import { definitionFromData } from './domain-draft.ts'
import { DOMAIN_ELEMENT } from './domain-element.ts'
import { withoutForeign } from './foreign.ts'
import { takeWeft, type WeftPart } from './weft-element.ts'

export type XmlDomainResult =
  | {
      readonly definition: VmDefinition
      readonly weft: WeftPart | undefined
      /** What an import has left out. */
      readonly notes: readonly string[]
    }
  | { readonly problems: readonly Problem[] }

/** Everything wrong at once, each with its line and column. `isForeign`: written for libvirt, which has more than weft. */
export async function parseDomainXml(text: string, isForeign = false): Promise<XmlDomainResult> {
  const parsed = await parseXml(text)
  if ('problem' in parsed) return { problems: [parsed.problem] }
  const { root, notes } = isForeign ? withoutForeign(parsed.root) : { root: parsed.root, notes: [] }
  if (root.name !== 'domain') {
    const message = `this is a <${root.name}>, not a <domain>`
    return { problems: [{ path: `<${root.name}>`, message, ...root.place }] }
  }
  const reading: Reading = { problems: [], places: new Map<string, Place>([['', root.place]]) }
  const data = readElement(DOMAIN_ELEMENT, root, reading)
  const all = definitionFromData(data, reading)
  if (reading.problems.length > 0) return { problems: inOrder(reading.problems) }
  const { part, kept } = takeWeft(root, all.kept)
  const places = part === undefined ? all.places : new Map([...all.places, [WEFT_PART, part.element.place]])
  return {
    definition: { ...omit(all, 'kept'), places, ...(kept.length === 0 ? {} : { kept }) },
    weft: part,
    notes,
  }
}

/** As `virsh dumpxml` prints it; without secrets, which its caller has taken out. */
export function formatDomainXml(spec: VmSpec, around: DomainAround): string {
  return writeElement('domain', DOMAIN_ELEMENT, dataFromSpec(spec, around))
}
