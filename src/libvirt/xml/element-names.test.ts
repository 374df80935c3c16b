/** What the reference says of each element and attribute is what becomes of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DOMAIN_ELEMENT } from './domain/domain-element.ts'
import { readElement, type ElementShape, type Reading } from './element-shape.ts'
import { namedParts } from './element-names.ts'
import { NETWORK_ELEMENT } from './network-element.ts'
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

const TABLES: readonly (readonly [string, ElementShape])[] = [
  ['network', NETWORK_ELEMENT],
  ['domain', DOMAIN_ELEMENT],
]

for (const [name, shape] of TABLES) {
  const parts = namedParts(name, shape)
  test(`what works of a <${name}>, or is kept, is read without a word`, async () => {
    for (const { path, fate } of parts) {
      if (fate === 'refused') continue
      const told = (await problemsOf(shape, path)).filter((each) => /not supported|unknown/.test(each))
      assert.deepEqual(told, [], path)
    }
  })

  test(`what is refused of a <${name}> is refused with the reason, as an element or an attribute`, async () => {
    const refused = parts.filter(({ fate }) => fate === 'refused')
    assert.ok(refused.length > 5)
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
