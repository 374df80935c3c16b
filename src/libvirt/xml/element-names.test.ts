/** What the reference says of each element and attribute is what becomes of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DOMAIN_ELEMENT } from './domain/domain-element.ts'
import { readElement, type ElementShape, type Reading } from './element-shape.ts'
import { namedParts } from './element-names.ts'
import { DEVICE_ELEMENT, INTERFACE_ELEMENT } from './host-elements.ts'
import { NETWORK_ELEMENT } from './network-element.ts'
import { SNAPSHOT_ELEMENT } from './snapshot-element.ts'
import { POOL_ELEMENT, SECRET_ELEMENT, VOLUME_ELEMENT } from './storage-element.ts'
import { parseXml } from './xml-tree.ts'

/** `network/ip@address` as the smallest text that has it. */
function textOf(path: string): string {
  const [way = '', attribute] = path.split('@')
  return way
    .split('/')
    .reverse()
    .reduce(
      (inside, name, i) =>
        `<${name}${i === 0 && attribute !== undefined ? ` ${attribute}=''` : ''}>${inside}</${name}>`,
      '',
    )
}

async function problemsOf(shape: ElementShape, path: string): Promise<string[]> {
  const parsed = await parseXml(textOf(path))
  if (!('root' in parsed)) throw new Error(`cannot read ${textOf(path)}`)
  const reading: Reading = { problems: [], places: new Map() }
  readElement(shape, parsed.root, reading)
  return reading.problems.map(({ message, hint }) => `${message}: ${hint ?? ''}`)
}

/** With how many refusals it has at least. */
const TABLES: readonly (readonly [string, ElementShape, number])[] = [
  ['network', NETWORK_ELEMENT, 5],
  ['domain', DOMAIN_ELEMENT, 5],
  ['domainsnapshot', SNAPSHOT_ELEMENT, 3],
  ['pool', POOL_ELEMENT, 5],
  ['volume', VOLUME_ELEMENT, 3],
  ['secret', SECRET_ELEMENT, 0],
  ['interface', INTERFACE_ELEMENT, 3],
  ['device', DEVICE_ELEMENT, 5],
]

for (const [name, shape, least] of TABLES) {
  const parts = namedParts(name, shape)
  test(`what works of a <${name}>, is kept or passed over, is read without a word`, async () => {
    for (const { path, fate } of parts) {
      if (fate === 'refused') continue
      const told = (await problemsOf(shape, path)).filter((each) => /not supported|unknown/.test(each))
      assert.deepEqual(told, [], path)
    }
  })

  test(`what is refused of a <${name}> is refused with the reason, as an element or an attribute`, async () => {
    const refused = parts.filter(({ fate }) => fate === 'refused')
    assert.ok(refused.length >= least)
    for (const { path, because = '' } of refused) {
      const told = await problemsOf(shape, path)
      assert.ok(
        told.some((each) => each.includes('not supported') && each.includes(because)),
        `${path}: ${told.join('; ')}`,
      )
      const at = path.lastIndexOf('/')
      const asAttribute = await problemsOf(shape, `${path.slice(0, at)}@${path.slice(at + 1)}`)
      assert.ok(asAttribute.length > 0, path)
    }
  })

  test(`what is not in the table of a <${name}> is told as unknown`, async () => {
    assert.match((await problemsOf(shape, `${name}/nonsense`)).join(), /unknown/)
    assert.match((await problemsOf(shape, `${name}@nonsense`)).join(), /unknown/)
  })
}
