/** Snapshots as stock virsh takes, shows, reverts and deletes them. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { newRoot, runProgram, startWeft, type Ran, type Weft } from './weft-process.ts'

let weft: Weft

before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('disk', 'create', 'data', '--size', '16M')
  weft.ok('vm', 'create', 'web', '--memory', '64', '--disk', 'data')
})

after(async () => {
  weft.run(['vm', 'kill', 'web'])
  await weft.stop()
})

function virsh(...words: string[]): Ran {
  const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  const editor = { EDITOR: "sed -i -e 's/the first/the very first/'" }
  return runProgram(['virsh', '-c', uri, ...words], { LC_ALL: 'C', HOME: weft.root, ...editor })
}

const said = ({ code, out, err }: Ran): readonly [number | null, string] => [code, `${out}${err}`.trim()]

const create = (...words: string[]): readonly [number | null, string] =>
  said(virsh('snapshot-create-as', 'web', ...words))

test('a machine without snapshots has none, and says so as libvirt does', () => {
  assert.match(virsh('snapshot-list', 'web').out, /^ Name +Creation Time +State\n-+\n\n$/)
  assert.deepEqual(said(virsh('snapshot-current', 'web')), [1, "error: domain 'web' has no current snapshot"])
  assert.deepEqual(said(virsh('snapshot-info', 'web', 'nope')), [
    1,
    "error: Domain snapshot not found: no domain snapshot with matching name 'nope'",
  ])
  assert.match(virsh('checkpoint-list', 'web').out, /^ Name +Creation Time\n-+\n\n$/)
})

test('a tree of snapshots: off, with memory, of the disks alone', () => {
  assert.deepEqual(create('one', 'the first'), [0, 'Domain snapshot one created'])
  assert.equal(virsh('start', 'web').code, 0)
  assert.deepEqual(create('two'), [0, 'Domain snapshot two created'])
  assert.deepEqual(create('three', '--disk-only'), [0, 'Domain snapshot three created'])
  assert.deepEqual(create('two'), [1, 'error: operation failed: domain moment two already exists'])
  const list = virsh('snapshot-list', 'web').out
  assert.match(list, /^ one +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 +shutoff$/m)
  assert.match(list, /^ two .* running$/m)
  assert.match(list, /^ three .* disk-snapshot$/m)
  assert.equal(
    virsh('snapshot-list', 'web', '--tree').out.trim(),
    'one\n  |\n  +- two\n      |\n      +- three',
  )
  const names = (...words: string[]): string[] =>
    virsh('snapshot-list', 'web', '--name', ...words)
      .out.trim()
      .split('\n')
  assert.deepEqual(names('--topological'), ['one', 'two', 'three'])
  assert.deepEqual(names('--roots'), ['one'])
  assert.deepEqual(names('--leaves'), ['three'])
  assert.deepEqual(names('--active'), ['two'])
  assert.deepEqual(names('--disk-only'), ['three'])
  assert.deepEqual(names('--inactive'), ['one'])
  assert.deepEqual(names('--external'), [''])
  assert.deepEqual(names('--from', 'one'), ['two'])
  assert.deepEqual(names('--from', 'one', '--descendants', '--topological'), ['two', 'three'])
  assert.match(weft.ok('snapshot', 'list', 'web'), /three/)
})

test('one snapshot: its parent, its state, its XML', () => {
  assert.deepEqual(said(virsh('snapshot-current', 'web', '--name')), [0, 'three'])
  assert.deepEqual(said(virsh('snapshot-parent', 'web', 'three')), [0, 'two'])
  assert.deepEqual(said(virsh('snapshot-parent', 'web', 'one')), [1, "error: snapshot 'one' has no parent"])
  const info = virsh('snapshot-info', 'web', 'two').out
  for (const line of [
    /^Name: +two$/m,
    /^Domain: +web$/m,
    /^Current: +no$/m,
    /^State: +running$/m,
    /^Location: +internal$/m,
    /^Parent: +one$/m,
    /^Children: +1$/m,
    /^Descendants: +1$/m,
    /^Metadata: +yes$/m,
  ])
    assert.match(info, line)
  const xml = virsh('snapshot-dumpxml', 'web', 'two').out
  assert.match(
    xml,
    /^<domainsnapshot>\n {2}<name>two<\/name>\n {2}<state>running<\/state>\n {2}<parent>\n {4}<name>one<\/name>\n {2}<\/parent>\n {2}<creationTime>\d+<\/creationTime>\n {2}<memory snapshot='internal'\/>\n {2}<disks>\n {4}<disk name='vda' snapshot='internal'\/>\n {2}<\/disks>\n {2}<domain /,
  )
  assert.match(virsh('snapshot-dumpxml', 'web', 'one').out, /<description>the first<\/description>/)
})

test('what is said of a snapshot can be edited, and nothing else of it', () => {
  assert.match(said(virsh('snapshot-edit', 'web', 'one'))[1], /Snapshot one edited\.$/)
  assert.match(virsh('snapshot-dumpxml', 'web', 'one').out, /<description>the very first<\/description>/)
  assert.match(said(virsh('snapshot-current', 'web', 'one'))[1], /the one that the disks go on from: revert$/)
})

test('reverted, a machine is what it was: off, running, or as somebody wants it', () => {
  const state = (): string => virsh('domstate', 'web').out.trim()
  assert.deepEqual(said(virsh('snapshot-revert', 'web', 'one')), [0, 'Domain snapshot one reverted'])
  assert.equal(state(), 'shut off')
  assert.equal(virsh('snapshot-revert', 'web', 'two').code, 0)
  assert.equal(state(), 'running')
  assert.equal(virsh('snapshot-revert', 'web', 'two', '--paused').code, 0)
  assert.equal(state(), 'paused')
  assert.equal(virsh('snapshot-revert', 'web', 'one', '--running').code, 0)
  assert.equal(state(), 'running')
  assert.deepEqual(said(virsh('snapshot-current', 'web', '--name')), [0, 'one'])
})

test('deleted alone its children stay, and with them they go', () => {
  assert.deepEqual(said(virsh('snapshot-delete', 'web', 'two')), [0, 'Domain snapshot two deleted'])
  assert.deepEqual(said(virsh('snapshot-parent', 'web', 'three')), [0, 'one'])
  assert.deepEqual(said(virsh('snapshot-delete', 'web', 'one', '--children-only')), [
    0,
    'Domain snapshot one children deleted',
  ])
  assert.equal(virsh('snapshot-list', 'web', '--name').out.trim(), 'one')
  assert.deepEqual(create('four'), [0, 'Domain snapshot four created'])
  assert.deepEqual(said(virsh('snapshot-delete', 'web', 'one', '--children')), [
    0,
    'Domain snapshot one deleted',
  ])
  assert.equal(virsh('snapshot-list', 'web', '--name').out.trim(), '')
})

test('by a text of XML, wrong ones too', () => {
  const file = `${weft.root}/snapshot.xml`
  const by = (xml: string): readonly [number | null, string] => {
    writeFileSync(file, xml)
    return said(virsh('snapshot-create', 'web', file))
  }
  assert.deepEqual(by('<domainsnapshot><name>xml</name><memory snapshot="no"/></domainsnapshot>'), [
    0,
    `Domain snapshot xml created from '${file}'`,
  ])
  assert.match(virsh('snapshot-list', 'web').out, /^ xml .* disk-snapshot$/m)
  assert.match(
    by('<domainsnapshot><memory snapshot="here"/></domainsnapshot>')[1],
    /XML error: .*'here' is not no/,
  )
  assert.match(
    by('<domainsnapshot><memory snapshot="external" file="/tmp/m"/></domainsnapshot>')[1],
    /Operation not supported: weft keeps snapshots in the images of their disks/,
  )
  assert.equal(virsh('snapshot-delete', 'web', 'xml').code, 0)
})

test('as programs that make backups do: the image before is not written to any more', () => {
  const image = `${weft.root}/var/lib/weft/disks/data`
  assert.deepEqual(create('night', '--disk-only', '--no-metadata', '--atomic'), [
    0,
    'Domain snapshot night created',
  ])
  assert.match(virsh('domblklist', 'web').out, new RegExp(`vda +${image}\\.night$`, 'm'))
  assert.equal(virsh('snapshot-list', 'web', '--name').out.trim(), '')
  const below = runProgram(['qemu-img', 'info', '-U', '--output=json', `${image}.night`]).out
  assert.equal((JSON.parse(below) as Record<string, string>)['full-backing-filename'], `${image}.qcow2`)
})
