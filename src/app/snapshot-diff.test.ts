/** A diff that a learner can read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NO_SNAPSHOT, type Snapshot } from '../core/host/snapshot.ts'
import { diffSnapshots, narrowSnapshots, touchedSince } from './snapshot-diff.ts'

const snapshot = (sections: Partial<Snapshot>): Snapshot => ({ ...NO_SNAPSHOT, ...sections })

const someObjects = fc
  .uniqueArray(fc.constantFrom('eth0', 'lo', 'virbr0', 'vnet0'))
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc
          .array(fc.constantFrom('up', 'mtu 1500', 'x', 'y'))
          .map((lines) => [name, ...lines.map((line) => `    ${line}`)]),
      ),
    ),
  )
  .map((objects) => snapshot({ links: objects.flat() }))

test('only what changed is shown, under its heading', () => {
  const before = snapshot({
    links: ['eth0', '    mtu 1500', '    up'],
    sysctls: ['net.ipv4.ip_forward = 0'],
    firewall: [
      'table inet weft {',
      '    map from {',
      '        type ifname : verdict',
      '    }',
      '    set s {',
      '    }',
      '}',
    ],
  })
  const after = snapshot({
    links: ['eth0', '    mtu 1500', '    up', 'virbr0', '    kind bridge', '    up'],
    sysctls: ['net.ipv4.ip_forward = 1'],
    firewall: [
      'table inet weft {',
      '    map from {',
      '        type ifname : verdict',
      '        "virbr0" : jump nat',
      '    }',
      '    set s {',
      '    }',
      '}',
    ],
  })
  assert.deepEqual(diffSnapshots(before, after), [
    { section: 'links', lines: ['+virbr0', '+    kind bridge', '+    up'] },
    { section: 'sysctls', lines: ['-net.ipv4.ip_forward = 0', '+net.ipv4.ip_forward = 1'] },
    {
      section: 'firewall',
      lines: [
        ' table inet weft {',
        '     map from {',
        '         type ifname : verdict',
        '+        "virbr0" : jump nat',
        '     }',
        '     set s {',
      ],
    },
  ])
})

test('equal snapshots have no difference, others have one', () => {
  fc.assert(
    fc.property(someObjects, someObjects, (before, after) => {
      assert.deepEqual(diffSnapshots(before, before), [])
      const isSame = JSON.stringify(objects(before)) === JSON.stringify(objects(after))
      assert.equal(diffSnapshots(before, after).length === 0, isSame)
    }),
  )
})

test('what the history keeps shows the same difference', () => {
  fc.assert(
    fc.property(someObjects, someObjects, (before, after) => {
      const narrow = narrowSnapshots(before, after)
      const changed = (diff: ReturnType<typeof diffSnapshots>) =>
        diff.flatMap(({ lines }) => lines.filter((line) => !line.startsWith(' '))).sort()
      assert.deepEqual(
        changed(diffSnapshots(narrow.before, narrow.after)),
        changed(diffSnapshots(before, after)),
      )
    }),
  )
})

test('a change still stands on the host that it left', () => {
  fc.assert(
    fc.property(someObjects, someObjects, (before, after) => {
      const narrow = narrowSnapshots(before, after)
      assert.deepEqual(touchedSince(narrow.before, narrow.after, after), [])
    }),
  )
})

function objects({ links }: Snapshot): [string, string[]][] {
  const found = new Map<string, string[]>()
  let heading = ''
  for (const line of links) {
    if (!line.startsWith(' ')) heading = line
    found.set(heading, [...(found.get(heading) ?? []), line])
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1))
}
