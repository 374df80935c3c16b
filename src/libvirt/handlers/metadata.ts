/** Titles, descriptions and what programs note of a machine in its definition (virDomainMetadataType). */
import { describeVm } from '../../app/describe-vm.ts'
import { WeftError } from '../../core/errors.ts'
import type { KeptXml } from '../../core/vm/spec.ts'
import { lineOf, metadataOf, withLine, withMetadata } from '../xml/domain/description.ts'
import { fail } from './failures.ts'
import type { Handlers } from './handler.ts'
import { impactOf, specShown } from './impact.ts'

const DESCRIPTION = 0
const TITLE = 1
const ELEMENT = 2
/** virDomainMetadataType. */
export const METADATA_KINDS = ['description', 'title', 'element'] as const
const MISSING = 'Requested metadata element is not present'

export const METADATA_HANDLERS = {
  DOMAIN_GET_METADATA: async (context, { dom, type, uri, flags }) => {
    const { kept } = (await specShown(context, dom, flags)).spec
    const metadata = await wanted(kept, type, uri)
    if (metadata === undefined) throw fail('noMetadata', 'qemu', MISSING)
    return { metadata }
  },
  DOMAIN_SET_METADATA: async (context, { dom, type, metadata, key, uri, flags }) => {
    const { name, scope } = impactOf(context, dom, flags)
    const given = { type, metadata, key, uri }
    const { app, change } = context
    const about = { what: METADATA_KINDS[type] ?? 'element', namespace: uri } as const
    await describeVm(app, name, { about, change: (kept) => changed(kept, given) }, { ...change, scope })
    return {}
  },
} as const satisfies Partial<Handlers<'DOMAIN_GET_METADATA' | 'DOMAIN_SET_METADATA'>>

function wanted(
  kept: readonly KeptXml[] | undefined,
  type: number,
  uri: string | null,
): Promise<string | undefined> {
  if (type === DESCRIPTION || type === TITLE) return lineOf(kept, type === TITLE ? 'title' : 'description')
  if (type === ELEMENT && uri !== null) return metadataOf(kept, uri)
  throw fail('invalidArgument', 'qemu', `unknown metadata type '${String(type)}'`)
}

interface Given {
  readonly type: number
  readonly metadata: string | null
  readonly key: string | null
  readonly uri: string | null
}

async function changed(
  kept: readonly KeptXml[],
  { type, metadata, key, uri }: Given,
): Promise<readonly KeptXml[]> {
  if (type === DESCRIPTION || type === TITLE)
    return withLine(kept, type === TITLE ? 'title' : 'description', metadata ?? '')
  if (type !== ELEMENT || uri === null)
    throw fail('invalidArgument', 'qemu', `unknown metadata type '${String(type)}'`)
  try {
    return await withMetadata(kept, { uri, key: key ?? '', xml: metadata ?? undefined })
  } catch (error) {
    if (error instanceof WeftError) throw error
    throw fail('xml', 'domain', error instanceof Error ? error.message : String(error))
  }
}
