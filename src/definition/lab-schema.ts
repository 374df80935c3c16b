/** The JSON Schema of a lab's file, for editors: printed from the tables that the file is read by. */
import { DISK, HOST, LAB_KEYS, MACHINE_OWN, NETWORK_OWN } from './lab-shape.ts'
import { MACHINE, type MachineShape, type MapShape } from './machine-shape.ts'
import { keyOf } from './machine-yaml.ts'
import { NETWORK } from './network-shape.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

export function labSchema(): JsonSchema {
  const parts = (items: JsonSchema, description: string): JsonSchema => ({ ...listOf(items), description })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A lab of weft',
    description: 'weft plan -f FILE, weft apply -f FILE',
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$', description: LAB_KEYS.name },
      host: { ...schemaOf(HOST), description: LAB_KEYS.host },
      disks: parts({ ...schemaOf(DISK), required: ['name'] }, LAB_KEYS.disks),
      networks: parts(partOf('a network', NETWORK, NETWORK_OWN), LAB_KEYS.networks),
      machines: parts(partOf(MACHINE.what, MACHINE.fields, MACHINE_OWN), LAB_KEYS.machines),
    },
  }
}

/** Its own definition, and what only a lab says of it. */
function partOf(
  title: string,
  fields: MapShape['fields'],
  own: Readonly<Record<string, string>>,
): JsonSchema {
  const mine = Object.entries(own).map(([key, description]) => [key, { ...TRUTH, description }] as const)
  return {
    title,
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: { ...propertiesOf(fields), ...Object.fromEntries(mine) },
  }
}

const TRUTH: JsonSchema = { enum: [true, false, 'true', 'false', 'yes', 'no', 'on', 'off'] }

/** A list of one is written without brackets too. */
const listOf = (items: JsonSchema): JsonSchema => ({
  anyOf: [{ type: 'array', items }, items, { type: 'null' }],
})

const propertiesOf = (fields: MapShape['fields']): JsonSchema =>
  Object.fromEntries(Object.entries(fields).map(([name, shape]) => [keyOf(name), schemaOf(shape)]))

function schemaOf(shape: MachineShape): JsonSchema {
  switch (shape.kind) {
    case 'truth':
      return TRUTH
    case 'count':
      return { type: ['integer', 'string'], minimum: 0, pattern: '^[0-9]{1,15}$' }
    case 'memory':
      return { type: ['integer', 'string'], minimum: 0, pattern: '^[0-9]{1,10} *([MGTmgt])?([iI]?[bB])?$' }
    case 'words':
      return { enum: shape.words }
    case 'text':
      // What looks like a number is text all the same.
      return {
        type: ['string', 'number', 'boolean'],
        ...(shape.what === 'text' ? {} : { description: shape.what }),
      }
    case 'list':
      return listOf(schemaOf(shape.of))
    case 'map':
      return mapSchema(shape)
  }
}

function mapSchema({ what, fields, short, words }: MapShape): JsonSchema {
  const object: JsonSchema = {
    title: what,
    type: 'object',
    additionalProperties: false,
    properties: propertiesOf(fields),
  }
  const alone = short === undefined ? undefined : fields[short]
  const instead = [
    ...(words === undefined ? [] : [{ enum: words }]),
    ...(alone === undefined ? [] : [schemaOf(alone)]),
  ]
  return instead.length === 0 ? object : { anyOf: [...instead, object] }
}
