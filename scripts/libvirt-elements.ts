/** Part of docs/reference/libvirt.md: what becomes of each element and attribute of libvirt's XML, from the tables that its readers follow. */
import { DOMAIN_ELEMENT } from '../src/libvirt/xml/domain/domain-element.ts'
import { namedParts, type NamedPart } from '../src/libvirt/xml/element-names.ts'
import type { ElementShape } from '../src/libvirt/xml/element-shape.ts'
import { NETWORK_ELEMENT } from '../src/libvirt/xml/network-element.ts'

const TABLES: readonly (readonly [title: string, name: string, shape: ElementShape])[] = [
  ['Networks', 'network', NETWORK_ELEMENT],
  ['Machines', 'domain', DOMAIN_ELEMENT],
]

export function elementTables(): string {
  return TABLES.map(([title, name, shape]) => tableOf(title, namedParts(name, shape))).join('\n\n')
}

function tableOf(title: string, parts: readonly NamedPart[]): string {
  const elements = parts.filter(({ path }) => !path.includes('@'))
  const attributes = (path: string, fate: NamedPart['fate']): string =>
    parts
      .filter((part) => part.fate === fate && part.path.startsWith(`${path}@`))
      .map((part) => part.path.slice(path.length + 1))
      .join(', ')
  const rows = elements.map(({ path, fate, because }) => {
    const cells = [attributes(path, 'works'), attributes(path, 'kept'), because ?? '']
    return `| ${path} | ${fate} | ${cells.join(' | ')} |`
  })
  const count = (fate: NamedPart['fate']): string => String(parts.filter((part) => part.fate === fate).length)
  return `### ${title}

Of ${String(parts.length)} elements and attributes ${count('works')} work, ${count('kept')} are kept, ${count('refused')} are refused.

| element | | attributes that work | attributes that are kept | refused since |
| --- | --- | --- | --- | --- |
${rows.join('\n')}`
}
