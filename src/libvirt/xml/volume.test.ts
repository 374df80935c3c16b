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
      'unknown storage pool type cloud',
      'missing storage pool target path',
      "name a/b cannot contain '/'",
      'malformed uuid element',
    ],
  )
})
