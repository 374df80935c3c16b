/** The schema for editors and the reader of labs agree: what one takes the other takes, and each refuses the same strangers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { WeftError } from '../core/errors.ts'
import { labSchema, type JsonSchema } from './lab-schema.ts'
import { readLab } from './lab.ts'

const WHOLE = `
name: demo
host:
  bridges: [{name: br7, stp: true, addresses: [192.0.2.1/24]}, br8]
  taps: [{name: tap7, bridge: br7}]
disks: [{name: data, size: 10G, format: raw}, {name: over, backing: /srv/base.qcow2}]
networks:
  - name: front
    mode: nat
    address: 10.70.1.1/24
    dhcp: {range: 10.70.1.10-10.70.1.99, hosts: [{mac: "52:54:00:00:00:07", ip: 10.70.1.7, name: db, lease: 2 hours}]}
    bridge: {name: virbr7, stp: on, delay: 2}
    domain: {name: lab.internal, localOnly: true}
    dns: {forwarders: [192.0.2.53], hosts: [{ip: 10.70.1.8, names: [gate]}], txt: [{name: a, value: b}]}
    nat: {ports: 20000-29999}
    routes: [{to: 10.70.2.0/24, via: 10.70.1.2}]
    bandwidth: {inbound: 1000, outbound: {average: 500, peak: 900}}
    portgroups: [{name: fast, default: yes, bandwidth: {inbound: 9000}}]
    firewall: {antiSpoofing: mac, in: deny, rules: [allow in tcp 22], groups: [{name: g, members: [web]}]}
    autostart: true
    mtu: 1400
  - {name: back, mode: isolated, started: no, dnsmasq: log-queries}
machines:
  - name: web
    memory: 512M
    cpus: 2
    firmware: uefi
    disks: [/srv/web.qcow2, data, {path: /srv/data.raw, format: raw, readonly: true}]
    nics: [{network: front, publish: ["8080:80"], bandwidth: {inbound: {average: 100}}}, back]
    kernel: /srv/vmlinuz
    autostart: {order: 3}
    started: false
`

/** As much of JSON Schema as the schema uses. */
function fits(schema: JsonSchema, value: unknown): boolean {
  const { anyOf, type, properties, items, pattern, required } = schema as {
    anyOf?: JsonSchema[]
    enum?: unknown[]
    type?: string | string[]
    properties?: Record<string, JsonSchema>
    items?: JsonSchema
    pattern?: string
    required?: string[]
  }
  const words = schema['enum'] as unknown[] | undefined
  if (anyOf !== undefined) return anyOf.some((each) => fits(each, value))
  if (words !== undefined) return words.includes(value)
  if (type !== undefined && ![type].flat().includes(kindOf(value))) return false
  if (Array.isArray(value)) return items === undefined || value.every((each) => fits(items, each))
  if (typeof value === 'string') return pattern === undefined || new RegExp(pattern).test(value)
  if (typeof value !== 'object' || value === null) return true
  const entries = Object.entries(value)
  const isWhole = (required ?? []).every((key) => Object.hasOwn(value, key))
  return (
    isWhole &&
    entries.every(
      ([key, each]) => Object.hasOwn(properties ?? {}, key) && fits(properties?.[key] ?? {}, each),
    )
  )
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

const isRead = (text: string): Promise<boolean> =>
  readLab(text, undefined).then(
    () => true,
    (error: unknown) => {
      assert.ok(error instanceof WeftError, String(error))
      return false
    },
  )

test('a lab with a bit of everything is taken by both', async () => {
  await readLab(WHOLE, undefined)
  assert.ok(fits(labSchema(), parse(WHOLE)))
})

test('a key that nobody knows is refused by both, wherever it stands', async () => {
  let places = 0
  const visit = async (value: unknown, put: (value: unknown) => unknown): Promise<void> => {
    if (typeof value !== 'object' || value === null) return
    if (!Array.isArray(value)) {
      places += 1
      const strange = put({ ...value, stranger: 1 })
      assert.equal(fits(labSchema(), strange), false, JSON.stringify(value))
      assert.equal(await isRead(JSON.stringify(strange)), false, JSON.stringify(value))
    }
    for (const [key, inner] of Object.entries(value)) {
      const replace = (fresh: unknown): unknown =>
        put(
          Array.isArray(value)
            ? value.map((each: unknown, i) => (String(i) === key ? fresh : each))
            : { ...value, [key]: fresh },
        )
      await visit(inner, replace)
    }
  }
  await visit(parse(WHOLE), (value) => value)
  assert.ok(places > 25, String(places))
})

test('every key of the schema is known to the reader', async () => {
  const known: string[] = []
  const lab = labSchema() as { properties: Record<string, { anyOf: { items: { properties: object } }[] }> }
  for (const kind of ['networks', 'machines']) {
    for (const key of Object.keys(lab.properties[kind]?.anyOf[0]?.items.properties ?? {})) {
      const said = await readLab(`{name: a, ${kind}: [{name: b, ${key}: [[]]}]}`, undefined).catch(
        (error: unknown) => error,
      )
      const problems = said instanceof WeftError ? said.problems : []
      assert.ok(
        !problems.some(({ message }) => message.includes("has no '") && message.includes(`'${key}'`)),
        key,
      )
      known.push(key)
    }
  }
  assert.ok(known.length > 50, known.join())
})
