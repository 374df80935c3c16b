/** `<domainsnapshot>`, both ways. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Snapshot } from '../../core/vm/snapshot.ts'
import { formatSnapshotXml, parseSnapshotXml, snapshotState } from './snapshot.ts'

test('what is asked for, as virsh snapshot-create-as writes it', async () => {
  const text = `<domainsnapshot>
  <name>s1</name>
  <description>before &lt;it&gt;</description>
  <memory file='/m' snapshot='external'/>
  <disks>
    <disk name='vda' snapshot='external'><source file='/b.qcow2'/></disk>
    <disk name='vdb' snapshot='no'/>
    <disk name='/c.img'/>
  </disks>
</domainsnapshot>`
  assert.deepEqual(await parseSnapshotXml(text), {
    draft: {
      name: 's1',
      description: 'before <it>',
      memory: 'external',
      memoryFile: '/m',
      disks: [
        { name: 'vda', place: 'external', file: '/b.qcow2' },
        { name: 'vdb', place: 'no' },
        { name: '/c.img' },
      ],
    },
  })
  assert.deepEqual(await parseSnapshotXml('<domainsnapshot/>'), { draft: { disks: [] } })
})

test('what is wrong with it, with its place', async () => {
  const read = await parseSnapshotXml(
    "<domainsnapshot>\n<disks><disk name='vda' snapshot='x'/></disks></domainsnapshot>",
  )
  assert.deepEqual('problems' in read && read.problems.map(({ path, line }) => [path, line]), [
    ['disks.disk[0].snapshot', 2],
  ])
  const other = await parseSnapshotXml('<domain/>')
  assert.match('problems' in other ? (other.problems[0]?.message ?? '') : '', /not a <domainsnapshot>/)
})

const TAKEN = { name: 'a&b', at: '1970-01-01T00:01:40.500Z', disks: [] } as const

test('a snapshot of the machine as it was', () => {
  const snapshot = { ...TAKEN, state: 'stopped', parent: 'p', description: 'd' } as unknown as Snapshot
  assert.equal(
    formatSnapshotXml(
      snapshot,
      [
        { target: 'vda', isKept: true },
        { target: 'sda', isKept: false },
      ],
      '<domain>\n</domain>\n',
    ),
    `<domainsnapshot>
  <name>a&amp;b</name>
  <description>d</description>
  <state>shutoff</state>
  <parent>
    <name>p</name>
  </parent>
  <creationTime>100</creationTime>
  <memory snapshot='no'/>
  <disks>
    <disk name='vda' snapshot='internal'/>
    <disk name='sda' snapshot='no'/>
  </disks>
  <domain>
  </domain>
</domainsnapshot>
`,
  )
})

test('the disks of a running machine without its memory are a state of their own', () => {
  const memory = {} as NonNullable<Snapshot['memory']>
  assert.equal(snapshotState({ state: 'running', memory }), 'running')
  assert.equal(snapshotState({ state: 'paused', memory }), 'paused')
  assert.equal(snapshotState({ state: 'running' }), 'disk-snapshot')
  assert.equal(snapshotState({ state: 'stopped' }), 'shutoff')
})
