/** `<disk>` as virDomainBlockCopy has it: the file that a disk is copied to. */
import { child } from './pool.ts'
import { parseXml, type XmlElement } from './xml-tree.ts'

export interface CopyTarget {
  readonly path: string
  readonly format?: string
}

/** What is wrong is told in libvirt's words. */
export async function readCopyTarget(text: string): Promise<CopyTarget | { readonly wrong: string }> {
  const parsed = await parseXml(text)
  if ('problem' in parsed)
    return { wrong: `(disk_definition):${String(parsed.problem.line ?? 1)}: ${parsed.problem.message}` }
  const { root } = parsed
  if (root.name !== 'disk') return { wrong: `expecting root element of 'disk', not '${root.name}'` }
  const type = attribute(root, 'type') ?? 'file'
  if (type !== 'file') return { wrong: `a disk is copied to a file, not to type '${type}'` }
  const path = attribute(child(root, 'source'), 'file')
  if (path === undefined) return { wrong: "missing required attribute 'file' in element 'source'" }
  const format = attribute(child(root, 'driver'), 'type')
  return { path, ...(format === undefined ? {} : { format }) }
}

const attribute = (of: XmlElement | undefined, name: string): string | undefined =>
  of?.attributes.find((each) => each.name === name)?.value
