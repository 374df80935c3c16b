/** Words of `--share`, and the tags that are chosen. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseShareWord, sharesFromWords } from './share-word.ts'

test('a tag, a place in the guest, or neither', () => {
  assert.deepEqual(parseShareWord('/srv/data:docs,ro'), {
    path: '/srv/data',
    tag: 'docs',
    kind: 'virtiofs',
    isReadOnly: true,
  })
  assert.deepEqual(parseShareWord('/srv/a,b:c:/mnt/c'), {
    path: '/srv/a,b:c',
    mountPoint: '/mnt/c',
    kind: 'virtiofs',
  })
  assert.deepEqual(parseShareWord('/srv/data,kind=9p,mapped'), {
    path: '/srv/data',
    kind: '9p',
    isMapped: true,
  })
})

test('a tag that is chosen is unlike all others, and one that cloud-init keeps has a colon', () => {
  const tags = sharesFromWords(['/a/data', '/b/data', '/c:data-2', '/srv/my files:/srv/my', '/'], [])
  assert.deepEqual(
    tags.map(({ tag }) => tag),
    ['data', 'data-3', 'data-2', 'weft:my', 'root'],
  )
})

test('what is not understood is refused, with what is', () => {
  for (const [word, message] of [
    ['data:x', /does not begin with an absolute path/],
    ['/srv/data:', /ends with a colon/],
    ['/srv/data:x:ro', /read-only is ,ro/],
    ['/srv/data:x,kind=nfs', /has 'kind=nfs'/],
    ['/srv/data:x,ro,ro', /says 'ro' twice/],
  ] as const)
    assert.throws(() => parseShareWord(word), message)
})
