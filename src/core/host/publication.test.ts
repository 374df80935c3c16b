/** A published port in one word: read, written back, refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WeftError } from '../errors.ts'
import { formatPublication, parsePublication, publicationsClash } from './publication.ts'
import { parseListeners } from './listeners.ts'

test('what is written is written back in one way', () => {
  const words = [
    ['8080:80', '8080:80'],
    ['8080:80/tcp', '8080:80'],
    ['53:53/udp', '53:53/udp'],
    ['5000-5009:6000-6009/udp,from=lan', '5000-5009:6000-6009/udp,from=lan'],
    ['192.0.2.1:8080:80,from=any', '192.0.2.1:8080:80'],
    ['[2001:DB8::1]:8080:80,from=192.0.2.77/24', '[2001:db8::1]:8080:80,from=192.0.2.0/24'],
    ['8080:80,from=192.0.2.7', '8080:80,from=192.0.2.7'],
    ['8080:80,from=0.0.0.0/0', '8080:80'],
  ] as const
  for (const [word, formatted] of words) assert.equal(formatPublication(parsePublication(word)), formatted)
})

test('what is wrong is said', () => {
  const refusals = [
    ['80', "'80' is no port to publish"],
    ['8080:80/sctp', "'8080:80/sctp' names 'sctp': ports are published for tcp and for udp"],
    ['1-3:1-2', "'1-3:1-2' has 3 ports of this host for 2 of the guest"],
    ['0:80', "'0:80' has '0': ports are 1 to 65535"],
    ['8080:70000', "'8080:70000' has '70000': ports are 1 to 65535"],
    ['9-8:1-2', "'9-8:1-2' has the range '9-8' the wrong way round"],
    ['1-2000:1-2000', "'1-2000:1-2000' has 2000 ports: 1024 are the most in one range"],
    ['1.2.3:80:80', "'1.2.3:80:80' has '1.2.3', which is no address; one of IPv6 stands in brackets"],
    [
      '80:80,from=me',
      "'80:80,from=me' lets in 'me', which is no address, no subnet, not 'lan' and not 'any'",
    ],
  ] as const
  for (const [word, message] of refusals)
    assert.throws(
      () => parsePublication(word),
      (error: WeftError) => error.code === 'invalid-argument' && error.message === message,
      word,
    )
})

test('two clash when a packet could be meant for both', () => {
  const clash = (one: string, other: string): boolean =>
    publicationsClash(parsePublication(one), parsePublication(other))
  assert.deepEqual(
    [
      clash('8080:80', '8080:81'),
      clash('8080:80', '8080:80/udp'),
      clash('192.0.2.1:8080:80', '192.0.2.2:8080:80'),
      clash('192.0.2.1:8080:80', '8080:80'),
      clash('8000-8099:1-100', '8099:80'),
      clash('8000-8099:1-100', '8100:80'),
    ],
    [true, false, false, true, true, false],
  )
})

test('who listens is read from /proc/net', () => {
  const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12 1 0 100 0 0 10 0
   2: 010200C0:0016 020200C0:9999 01 00000000:00000000 00:00000000 00000000     0        0 13 1 0 100 0 0 10 0
`
  assert.deepEqual(parseListeners(tcp, 'tcp'), [
    { protocol: 'tcp', address: '127.0.0.1', port: 8080, inode: '11' },
    { protocol: 'tcp', port: 22, inode: '12' },
  ])
})
