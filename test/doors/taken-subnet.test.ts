/** A host that already uses 192.168.122.0/24: the built-in network takes another subnet and says so where a person looks. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { describeHost, host, newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  host('ip', 'link', 'add', 'office', 'type', 'veth', 'peer', 'name', 'office1')
  host('ip', 'address', 'add', '192.168.122.77/24', 'dev', 'office')
  host('ip', 'link', 'set', 'office', 'up')
  host('ip', 'link', 'set', 'office1', 'up')
  weft = await startWeft(newRoot())
})
after(async () => {
  weft.run(['net', 'stop', 'default'])
  await weft.stop()
})

const NOTE =
  /192\.168\.122\.0\/24 is taken here \('office' has the address 192\.168\.122\.77\/24\); network 'default' has 192\.168\.123\.0\/24/

test('the built-in network has the next free subnet, and show says why', () => {
  const shown = weft.ok('net', 'show', 'default')
  assert.match(shown, /^Address: +192\.168\.123\.1\/24$/m)
  assert.match(shown, NOTE)
})

test('starting it says so too', () => {
  const started = weft.run(['net', 'start', 'default'])
  assert.equal(started.code, 0, started.err)
  assert.match(started.err, NOTE)
  weft.ok('net', 'stop', 'default')
})

test('taken only later, starting is refused with who is in the way and what to type, and nothing is changed', () => {
  host('ip', 'route', 'add', '192.168.123.0/25', 'dev', 'office')
  const untouched = describeHost()
  for (const more of [[], ['--dry-run']]) {
    const refused = weft.run(['net', 'start', 'default', ...more])
    assert.equal(refused.code, 4)
    assert.match(refused.err, /there is a route to 192\.168\.123\.0\/25 through 'office'/)
    assert.match(refused.err, /weft net edit default/)
  }
  assert.equal(describeHost(), untouched)
  host('ip', 'route', 'delete', '192.168.123.0/25', 'dev', 'office')
})
