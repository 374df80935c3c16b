/** Titles, descriptions and elements of programs in what a definition keeps. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineOf, metadataOf, withLine, withMetadata } from './description.ts'

test('a title is written and read, whatever is in it, and goes when it is empty', async () => {
  const kept = withLine([], 'title', 'a < b & c')
  assert.deepEqual(kept, [{ at: '', name: 'title', xml: '<title>a &lt; b &amp; c</title>' }])
  assert.equal(await lineOf(kept, 'title'), 'a < b & c')
  assert.equal(await lineOf(kept, 'description'), undefined)
  assert.deepEqual(withLine(kept, 'title', ''), [])
})

test('an element of a namespace gets its prefix, and is given back without it', async () => {
  const uri = 'http://example.org/a?b&c'
  const one = await withMetadata([], { uri, key: 'x', xml: "<app id='1'><tier/>text</app>" })
  assert.match(
    one[0]?.xml ?? '',
    /<x:app xmlns:x="http:\/\/example\.org\/a\?b&amp;c" id='1'><x:tier\/>text<\/x:app>/,
  )
  assert.equal(await metadataOf(one, uri), "<app id='1'><tier/>text</app>")
  assert.equal(await metadataOf(one, 'urn:other'), undefined)

  const two = await withMetadata(one, { uri: 'urn:other', key: 'y', xml: '<b/>' })
  const changed = await withMetadata(two, { uri, key: 'x', xml: '<app/>' })
  assert.equal(await metadataOf(changed, uri), '<app/>')
  assert.equal(await metadataOf(changed, 'urn:other'), '<b/>')
  const without = await withMetadata(changed, { uri, key: 'x', xml: undefined })
  assert.equal(await metadataOf(without, uri), undefined)
  assert.deepEqual(await withMetadata(without, { uri: 'urn:other', key: '', xml: undefined }), [])
})

test('what is no XML is refused', async () => {
  await assert.rejects(withMetadata([], { uri: 'urn:a', key: 'a', xml: '<a><b></a>' }))
})
