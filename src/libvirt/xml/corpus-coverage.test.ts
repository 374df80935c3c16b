/** The corpus recorded from libvirt shows every element and attribute of a network that weft reads. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { NETWORK_ELEMENT } from './network-element.ts'
import { parseXml, type XmlElement } from './xml-tree.ts'

/** Younger than the libvirt 9.0 that was recorded, which drops them: since 9.7, 9.7, 10.1 and 12.0. */
const YOUNGER = new Set([
  'network/title',
  'network/description',
  'network/domain@register',
  'network/dns/forwarder@port',
])

/** On Linux bridges since 11.0. What 9.0 writes of it elsewhere, where weft has none, is in network.test.ts. */
const VLAN = /\/vlan(\/|@|$)/

interface Shape {
  readonly attributes?: readonly string[]
  readonly children?: Readonly<Record<string, unknown>>
}

/** `network/ip@address` and `network/ip`. */
function namesOf(shape: unknown, path: string): string[] {
  if (typeof shape !== 'object' || shape === null) return [path]
  const { attributes = [], children = {} } = shape as Shape
  const inner = Object.entries(children).flatMap(([name, of]) => namesOf(of, `${path}/${name}`))
  return [path, ...attributes.map((name) => `${path}@${name}`), ...inner]
}

function shownIn(element: XmlElement, path: string): string[] {
  const attributes = element.attributes.map(({ name }) => `${path}@${name}`)
  return [
    path,
    ...attributes,
    ...element.children.flatMap((child) => shownIn(child, `${path}/${child.name}`)),
  ]
}

test('every element and attribute that weft reads is in what libvirt dumped, but for those younger than it', async () => {
  const files = globSync(join(import.meta.dirname, 'corpus/*.out.xml'))
  const parsed = await Promise.all(files.map((file) => parseXml(readFileSync(file, 'utf8'))))
  const shown = new Set(parsed.flatMap((each) => ('root' in each ? shownIn(each.root, 'network') : [])))
  const missing = namesOf(NETWORK_ELEMENT, 'network').filter(
    (name) => !shown.has(name) && !YOUNGER.has(name) && !VLAN.test(name),
  )
  assert.deepEqual(missing, [])
})
