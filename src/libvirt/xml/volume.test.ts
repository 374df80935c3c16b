/** Texts of volumes and pools, and what is wrong with them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPoolXml } from './pool.ts'
import { readBytes } from './size.ts'
import { readVolumeXml } from './volume.ts'

test('amounts are counted as libvirt counts', () => {
  assert.equal(readBytes('10'), 10)
  assert.equal(readBytes('10', 'K'), 10240)
  assert.equal(readBytes('10', 'kB'), 10000)
  assert.equal(readBytes('2', 'GiB'), 2147483648)
  assert.equal(readBytes('2', 'furlongs'), undefined)
  assert.equal(readBytes('-2', 'K'), undefined)
  assert.equal(readBytes('9', 'EiB'), undefined)
})

test('a volume as virsh asks for it', async () => {
  const text = `<volume><name>a.img</name><capacity unit='M'>8</capacity><allocation>0</allocation>
    <target><format type='qcow2'/></target>
    <backingStore><path>/srv/base.raw</path><format type='raw'/></backingStore></volume>`
  assert.deepEqual(await readVolumeXml(text), {
    name: 'a.img',
    format: 'qcow2',
    isEncrypted: false,
    capacity: 8388608,
    allocation: 0,
    backing: { path: '/srv/base.raw', format: 'raw' },
  })
})

test('what a volume or a pool has that weft cannot honour is refused with its line', async () => {
  const volume = (inside: string): string =>
    `<volume><name>a</name><capacity>1</capacity><target>\n${inside}</target></volume>`
  const wrongs = await Promise.all([
    readVolumeXml(volume("<clusterSize unit='KiB'>4</clusterSize>")),
    readVolumeXml(volume('<compat>0.10</compat>')),
    readVolumeXml(volume("<encryption format='qcow'/>")),
    readVolumeXml(volume('<nonsense/>')),
    readPoolXml(
      "<pool type='dir'><name>a</name><source><host name='h'/></source><target><path>/a</path></target></pool>",
    ),
  ])
  assert.deepEqual(
    wrongs.map((each) => ('wrong' in each ? each.wrong : each)),
    [
      'line 2: <clusterSize> in <target> is not supported: disks have the clusters of 64 KiB that qemu-img takes',
      'compat is 1.1, not 0.10',
      'encrypted disks are luks, not qcow',
      'line 2: <nonsense> in <target> is unknown',
      'line 1: <host> in <source> is not supported: a pool is a directory, and this is of pools of other types',
    ],
  )
})

test('what virt-manager, Terraform and vol-clone write beside what counts is passed over', async () => {
  const text = `<volume type='file'><name>a.qcow2</name><key>/p/b.qcow2</key><capacity unit='bytes'>8</capacity>
    <physical unit='bytes'>4</physical><source></source><target><path>/p/b.qcow2</path><format type='qcow2'/>
    <permissions><mode>0644</mode><owner>0</owner></permissions><timestamps><atime>1.2</atime></timestamps>
    <compat>1.1</compat><features><lazy_refcounts/></features></target></volume>`
  const read = await readVolumeXml(text)
  assert.deepEqual('wrong' in read ? read : [read.name, read.capacity, read.format], ['a.qcow2', 8, 'qcow2'])
  const pool = await readPoolXml(`<pool type='dir'><name>a</name><capacity unit='bytes'>1</capacity>
    <target><path>/a</path><permissions><mode>0755</mode></permissions></target></pool>`)
  assert.deepEqual(pool, { type: 'dir', name: 'a', path: '/a' })
})

test('what is wrong with a volume or a pool is told in the words of libvirt', async () => {
  const wrongs = await Promise.all([
    readVolumeXml('<volume><capacity>1</capacity></volume>'),
    readVolumeXml('<volume><name>a</name></volume>'),
    readVolumeXml('<volume><name>a</name><capacity>much</capacity></volume>'),
    readVolumeXml('<pool/>'),
    readPoolXml('<pool/>'),
    readPoolXml("<pool type='cloud'/>"),
    readPoolXml("<pool type='dir'><name>a</name></pool>"),
    readPoolXml("<pool type='dir'><name>a/b</name></pool>"),
    readPoolXml("<pool type='dir'><name>a</name><uuid>1</uuid></pool>"),
  ])
  assert.deepEqual(
    wrongs.map((each) => ('wrong' in each ? each.wrong : each)),
    [
      'missing volume name element',
      'missing capacity element',
      'malformed capacity element',
      'unexpected root element <pool>, expecting <volume>',
      'storage pool missing type attribute',
      "Invalid value for attribute 'type' in element 'pool': 'cloud'.",
      'missing storage pool target path',
      "name a/b cannot contain '/'",
      'malformed uuid element',
    ],
  )
})
