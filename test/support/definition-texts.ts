/** Texts somebody might give as a network's definition: broken, odd, hostile. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc, { type Arbitrary } from 'fast-check'
import { NETWORK_ELEMENT } from '../../src/libvirt/xml/network-element.ts'

const PROJECT = join(import.meta.dirname, '../..')
const read = (glob: string): string[] =>
  globSync(glob, { cwd: PROJECT })
    .sort()
    .map((path) => readFileSync(join(PROJECT, path), 'utf8'))

const GOOD = [
  ...read('src/libvirt/xml/corpus/*.xml'),
  ...read('src/core/network/golden/*/wanted.xml'),
  'name: lab\nmode: nat\nbridge: {stp: off, delay: 3}\ndomain: lab.example\naddress: 192.168.150.1/24\ndhcp:\n  range: 192.168.150.2-192.168.150.254\n  hosts:\n    - {mac: "52:54:00:00:00:07", name: printer, ip: 192.168.150.7}\n',
  'name: six\naddresses:\n  - 10.0.0.1/24\n  - {address: "fd00::1/64", localPtr: yes, dhcp: {range: "fd00::2-fd00::ff"}}\nroutes: [{to: 10.9.0.0/16, via: 10.0.0.7, metric: 3}]\ndns:\n  txt: {a: b}\n  hosts: {10.0.0.9: [x, y]}\nmtu: 1400\nisolatedPorts: yes\nnat: {ports: 1024-2000, addresses: 192.0.2.1-192.0.2.9}\n',
  '{"name": "json", "mode": "bridge", "bridge": "br0"}',
  '{"name": "mac", "mode": "private", "devices": ["eth0", "eth1"], "portgroups": ["a", {"name": "b", "default": true}]}',
]

/** Values that have broken readers before, and good ones to get past the first check. */
const ODD = [
  ...[
    '',
    ' ',
    '0',
    '-1',
    '1',
    '64',
    '65536',
    '4294967296',
    '1e999',
    '0x10',
    '0o17',
    '1_000',
    '.inf',
    '.nan',
    'NaN',
  ],
  ...[
    'yes',
    'no',
    'on',
    'off',
    'true',
    'null',
    '~',
    'nat',
    'route',
    'open',
    'none',
    'bridge',
    'hostdev',
    'virbr%d',
    '%d%d',
  ],
  ...[
    '10.0.0.1',
    '10.0.0.1/24',
    '010.0.0.1',
    '10.0.0.256',
    '255.255.255.0',
    '255.0.255.0',
    '0.0.0.0',
    '0.0.0.0/0',
    '224.0.0.1',
  ],
  ...[
    '::',
    '::1',
    'fd00::1',
    'fd00::1/64',
    'fd00::1%eth0',
    '::ffff:10.0.0.1',
    'fe80::1/10',
    'ff02::1',
    '1:2:3:4:5:6:7:8:9',
  ],
  ...[
    '10.0.0.2-10.0.0.9',
    '10.0.0.9-10.0.0.2',
    '-',
    '1-2',
    '52:54:00:00:00:01',
    '01:00:5e:00:00:01',
    '52-54-00-00-00-01',
  ],
  ...[
    'a',
    'lab.example',
    '..',
    '../../etc/passwd',
    '/srv/tftp',
    'a b',
    'a,b',
    'a\nport=5353',
    'a\r\nuser=root',
    'a\0b',
    'a\tb',
    'a#b',
  ],
  ...[
    '\uFEFFa',
    '\u202Ea',
    '\uD800',
    '\uFFFD',
    'é',
    '💥',
    'İ',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '"',
    "'",
    '`id`',
  ],
  ...[
    '$(id)',
    ';reboot',
    '&amp;',
    '&#0;',
    '&#x110000;',
    '&lol;',
    '<a/>',
    ']]>',
    '%s',
    '-0',
    '9'.repeat(400),
    'a'.repeat(300),
    '2 hours',
    'forever',
  ],
]
const odd = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...ODD) }, { weight: 1, arbitrary: fc.string() })

const PIECES = [
  ...[
    '<',
    '>',
    '/>',
    '</',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?xml version="1.0"?>',
    '<?php ?>',
    '&',
    ';',
    "'",
    '"',
    '=',
  ],
  ...[
    '\n',
    '\t',
    '\r',
    '\0',
    ' ',
    ': ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '|',
    '>-',
    '&a ',
    '*a',
    '<<: *a',
    '!!binary ',
    '!!js/function ',
    '? ',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
  ],
  ...[
    '<!DOCTYPE network [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>',
    '<!DOCTYPE n SYSTEM "file:///etc/passwd">',
    '&a;',
    'xmlns:x="y"',
  ],
]

type Edit = (text: string) => string
const edit: Arbitrary<Edit> = fc
  .tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat(5),
    odd,
    fc.constantFrom(...PIECES),
  )
  .map(([from, length, kind, value, piece]) => (text: string): string => {
    const start = Math.floor(from * text.length)
    const end = Math.min(text.length, start + Math.floor(length * length * 80))
    const [before, cut, after] = [text.slice(0, start), text.slice(start, end), text.slice(end)]
    if (kind === 0) return before + after
    if (kind === 1) return before + cut + cut + after
    if (kind === 2) return before + piece + after
    if (kind === 3) return before
    return (
      before +
      after.replace(kind === 4 ? /'[^']*'/ : /[\w.:-]+/, kind === 4 ? () => `'${value}'` : () => value)
    )
  })

export const mutated: Arbitrary<string> = fc
  .tuple(fc.constantFrom(...GOOD), fc.array(edit, { minLength: 1, maxLength: 5 }))
  .map(([text, edits]) => edits.reduce((now, change) => change(now), text))

interface Shape {
  readonly attributes?: readonly string[]
  readonly children?: Readonly<Record<string, unknown>>
  readonly refused?: Readonly<Record<string, unknown>>
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&apos;')
const quoted = fc
  .tuple(odd, fc.boolean())
  .map(([text, isRaw]) => (isRaw ? text.replaceAll("'", '') : escape(text)))

/** An element of that shape, each attribute and child there or not, now and then one that belongs elsewhere. */
function element(name: string, shape: unknown, depth: number): Arbitrary<string> {
  if (typeof shape !== 'object' || shape === null) return quoted.map((text) => `<${name}>${text}</${name}>`)
  const { attributes = [], children = {}, refused = {} } = shape as Shape
  const attribute = fc.tuple(fc.constantFrom(...attributes, 'name', ...Object.keys(refused)), quoted)
  const inner = Object.entries(children).map(([child, of]) => element(child, of, depth + 1))
  const strange = fc.constantFrom(
    '<network/>',
    '<ip/>',
    'text',
    '<!-- -->',
    '<![CDATA[x]]>',
    ...Object.keys(refused).map((each) => `<${each}/>`),
  )
  const child = fc.oneof(
    { weight: 12, arbitrary: fc.oneof(strange, ...inner) },
    { weight: 1, arbitrary: strange },
  )
  return fc
    .tuple(
      fc.uniqueArray(attribute, { selector: ([key]) => key, maxLength: attributes.length + 1 }),
      fc.array(child, { maxLength: depth === 0 ? 8 : 3 }),
    )
    .map(([pairs, parts]) => {
      const head = [name, ...pairs.map(([key, value]) => `${key}='${value}'`)].join(' ')
      return parts.length === 0 ? `<${head}/>` : `<${head}>${parts.join('')}</${name}>`
    })
}
export const xmlTree: Arbitrary<string> = element('network', NETWORK_ELEMENT, 0)

const KEYS =
  'name uuid mode device devices nat bridge mac mtu domain dns address netmask dhcp addresses routes isolatedPorts portgroups dnsmasq ipv6 trustGuestRxFilters xml range hosts bootp lease ip to via metric forwarders txt srv stp delay localOnly enable ports __proto__'.split(
    ' ',
  )
const scalar = fc.oneof(
  { weight: 6, arbitrary: odd },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constantFrom(true, false, null) },
)
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom(...KEYS), tie('tree')), {
        selector: ([key]) => key,
        maxLength: 6,
      })
      .map((pairs) => Object.fromEntries(pairs)),
  ),
}))
const root = fc.uniqueArray(fc.tuple(fc.constantFrom(...KEYS), tree), {
  selector: ([key]) => key,
  maxLength: 8,
})

/** JSON text, or the same as YAML's block style with its words left bare. */
export const yamlTree: Arbitrary<string> = fc
  .tuple(root, fc.boolean())
  .map(([pairs, isJson]) =>
    isJson
      ? JSON.stringify(Object.fromEntries([['name', 'lab'], ...pairs]))
      : [
          'name: lab',
          ...pairs.map(
            ([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
          ),
        ].join('\n'),
  )
