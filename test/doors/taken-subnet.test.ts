/** A host that already uses 192.168.122.0/24: the built-in network takes another subnet and says so where a person looks. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { describeHost, host, newRoot, PROJECT, startWeft, until, type Weft } from './weft-process.ts'

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

test('a VPN that takes addresses of a network that runs is a condition and an event, until it is gone', async () => {
  let said = ''
  const events = spawn(join(PROJECT, 'bin/weft'), ['events'], {
    env: { ...process.env, WEFT_ROOT: weft.root },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  events.stdout.on('data', (part) => (said += String(part)))
  try {
    // Until the stream is open nothing is told.
    await until(() => {
      weft.run(['net', 'stop', 'default'])
      weft.ok('net', 'start', 'default')
      return said.includes('network default started')
    })
    host('ip', 'route', 'add', '192.168.123.128/25', 'dev', 'office')
    const sentence =
      /packets for 192\.168\.123\.0\/24 may not reach .* 192\.168\.123\.128\/25 through 'office'/
    await until(() => sentence.test(weft.ok('net', 'list')))
    assert.match(weft.ok('net', 'list'), /^! default: packets for/m)
    assert.match(weft.ok('net', 'show', 'default'), sentence)
    assert.match(weft.ok('status'), new RegExp(`! network 'default': ${sentence.source}`))

    // The kernel does not tell of routes that go with their link.
    host('ip', 'link', 'set', 'office', 'down')
    await until(() => !weft.ok('net', 'list').includes('!'))
    host('ip', 'rule', 'add', 'to', '192.168.123.7', 'prohibit')
    await until(() => weft.ok('net', 'list').includes('a policy rule refuses packets to 192.168.123.7/32'))
    host('ip', 'rule', 'delete', 'to', '192.168.123.7', 'prohibit')
    await until(() => !weft.ok('net', 'list').includes('!'))
    const told = (): string[] => said.match(/condition (raised|cleared) default/g) ?? []
    await until(() => told().length === 4)
    assert.deepEqual(
      told().map((line) => line.split(' ')[1]),
      ['raised', 'cleared', 'raised', 'cleared'],
    )
  } finally {
    events.kill('SIGINT')
    weft.ok('net', 'stop', 'default')
  }
})
