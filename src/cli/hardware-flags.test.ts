/** Processors in a word. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cpusOf } from './hardware-flags.ts'

test('a topology larger than what is asked for is room for more', () => {
  assert.deepEqual(cpusOf('4'), { cpus: 4 })
  assert.deepEqual(cpusOf('2,max=8'), { cpus: 2, maxCpus: 8 })
  assert.deepEqual(cpusOf('4,sockets=2,cores=2,threads=1'), {
    cpus: 4,
    maxCpus: 4,
    topology: { sockets: 2, cores: 2, threads: 1 },
  })
  assert.deepEqual(cpusOf('2,sockets=4'), {
    cpus: 2,
    maxCpus: 4,
    topology: { sockets: 4, cores: 1, threads: 1 },
  })
  assert.deepEqual(cpusOf('2,max=8,threads=2'), {
    cpus: 2,
    maxCpus: 8,
    topology: { sockets: 4, cores: 1, threads: 2 },
  })
})

test('words that say no number of processors are refused', () => {
  for (const word of ['', '0', 'two', '2,', '2,max', '2,max=0', '2,dies=2', '2,max=4,max=4'])
    assert.throws(() => cpusOf(word), { code: 'invalid-argument' }, word)
})
