/** Text in lines: as long as they may be, and words whole. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wrapWords } from './wrap.ts'

test('a line is as long as it may be, and no longer', () => {
  assert.deepEqual(wrapWords('one two three', 7), ['one two', 'three'])
  assert.deepEqual(wrapWords('one two three', 6), ['one', 'two', 'three'])
})

test('a word is never broken', () => {
  assert.deepEqual(wrapWords('a/very/long/path is one word', 8), ['a/very/long/path', 'is one', 'word'])
})
