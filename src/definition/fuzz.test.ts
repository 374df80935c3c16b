/**
 * Whatever text comes along, reading it ends soon with a definition that means the same in every spelling, or with a refusal that has a
 * place. WEFT_FUZZ_RUNS=50000 npm test looks further, WEFT_FUZZ_SEED repeats.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import { test } from 'node:test'
import fc, { type Arbitrary } from 'fast-check'
import { assertReadable } from '../../test/support/definition-law.ts'
import { mutated, xmlTree, yamlTree } from '../../test/support/definition-texts.ts'

const RUNS = Number(env['WEFT_FUZZ_RUNS'] ?? 200)
/** The same texts every time, unless more are asked for. */
const SEED = Number(
  env['WEFT_FUZZ_SEED'] ?? (env['WEFT_FUZZ_RUNS'] === undefined ? 20_261 : Date.now() % 2 ** 31),
)

const KINDS: Readonly<Record<string, Arbitrary<string>>> = {
  'definitions with pieces cut, doubled and replaced': mutated,
  'XML of known elements with odd values in odd places': xmlTree,
  'YAML and JSON of known keys with odd values': yamlTree,
  'any text at all': fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme', maxLength: 2000 }),
  ),
}

for (const [about, texts] of Object.entries(KINDS)) {
  test(`${about}: a definition or a refusal, never a crash`, async () => {
    await fc.assert(fc.asyncProperty(texts, assertReadable), { numRuns: RUNS, seed: SEED })
  })
}

const folder = join(import.meta.dirname, 'odd')
for (const file of readdirSync(folder)) {
  test(`odd/${file}: a definition or a refusal, never a crash`, async () => {
    await assertReadable(readFileSync(join(folder, file), 'utf8'))
  })
}

const DEEP = 20_000
const LONG: Readonly<Record<string, string>> = {
  'elements in elements': '<network>'.repeat(DEEP),
  'closed elements in elements': `${'<network>'.repeat(DEEP)}${'</network>'.repeat(DEEP)}`,
  'metadata in metadata': `<network><name>a</name><metadata>${'<x>'.repeat(DEEP)}${'</x>'.repeat(DEEP)}</metadata></network>`,
  'lists in lists': '['.repeat(DEEP),
  'closed lists in lists': `name: ${'['.repeat(DEEP)}${']'.repeat(DEEP)}`,
  'maps in maps': '{a: '.repeat(DEEP),
  'maps by indentation': Array.from({ length: 2000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
  'JSON in JSON': `{"dhcp":${'{"hosts":['.repeat(DEEP)}`,
  'one long word': `name: ${'a'.repeat(900_000)}`,
  'one long attribute': `<network><name>a</name><bridge name='${'b'.repeat(900_000)}'/></network>`,
  'many attributes': `<network ${Array.from({ length: 5_000 }, (_, index) => `a${String(index)}='1'`).join(' ')}/>`,
  'many hosts': `<network><name>a</name><ip address='10.0.0.1' prefix='8'><dhcp>${"<host name='a' ip='10.0.0.2'/>".repeat(2_000)}</dhcp></ip></network>`,
  'many keys': Array.from({ length: 5_000 }, (_, index) => `a${String(index)}: 1`).join('\n'),
  'many problems': `<network>${'<nothing/>'.repeat(20_000)}</network>`,
  'many ampersands': `<network><name>${'&amp;'.repeat(100_000)}</name></network>`,
  'many references': `a: &a [x]\nb: [${'*a,'.repeat(20_000)}]`,
}

for (const [what, text] of Object.entries(LONG)) {
  test(`a text of ${what}: a definition or a refusal, soon`, () => assertReadable(text))
}
