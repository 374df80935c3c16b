/** The notes' walk through libvirt's default network, typed at weft: define, start, autostart, list, stop, undefine. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { describeHost, host, newRoot, runProgram, startWeft, until, type Weft } from './weft-process.ts'

/** As in the notes, uuid and MAC included. */
const DEFAULT_XML = `<network>
  <name>default</name>
  <uuid>927f4393-3e4e-4a94-9e42-67c4ebe45555</uuid>
  <forward mode='nat'/>
  <bridge name='virbr0' stp='on' delay='0'/>
  <mac address='52:54:00:b8:c9:9d'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='192.168.122.2' end='192.168.122.254'/>
    </dhcp>
  </ip>
</network>
`

let weft: Weft
let file: string
before(async () => {
  weft = await startWeft(newRoot())
  file = join(weft.root, 'default.xml')
  writeFileSync(file, DEFAULT_XML)
})
after(() => weft.stop())

test('a new root has the built-in default network, not running', () => {
  assert.match(weft.ok('net', 'list'), /^ default +inactive +no +yes$/m)
})

test("the notes' XML is defined, also through a pipe, and given back with its uuid and MAC", () => {
  weft.ok('net', 'undefine', 'default')
  assert.equal(weft.ok('net', 'define', file), `Network defined from ${file}\n`)
  const again = weft.run(['net', 'define'], DEFAULT_XML)
  assert.equal(again.code, 0, again.err)
  const xml = weft.ok('net', 'show', 'default', '--xml')
  assert.match(xml, /<uuid>927f4393-3e4e-4a94-9e42-67c4ebe45555<\/uuid>/)
  assert.match(xml, /<mac address='52:54:00:b8:c9:9d'\/>/)
  assert.equal(weft.ok('net-dumpxml', 'default'), xml)
})

test('every format is read back as the same definition', () => {
  const xml = weft.ok('net', 'show', 'default', '--xml')
  for (const format of ['yaml', 'json']) {
    const text = weft.ok('net', 'show', 'default', '--format', format)
    const { code, err, out } = weft.run(['net', 'define', '-'], text)
    assert.equal(code, 0, err)
    assert.match(out, /already/, format)
  }
  assert.equal(weft.ok('net', 'show', 'default', '--xml'), xml)
})

test('--dry-run changes nothing and prints a script that sh runs to the same effect', () => {
  const untouched = describeHost()
  const script = weft.ok('net', 'start', 'default', '--dry-run')
  assert.equal(describeHost(), untouched)
  weft.ok('net', 'start', 'default')
  const byWeft = describeHost()
  const back = weft.ok('net', 'stop', 'default', '--dry-run')
  weft.ok('net', 'stop', 'default')
  assert.equal(describeHost(), untouched)

  const ran = runProgram(['sh', '-e'], {}, script)
  assert.equal(ran.code, 0, ran.err)
  assert.equal(describeHost(), byWeft)
  assert.match(weft.ok('net', 'list'), /^ default +active/m, 'what was typed by hand is seen')
  const undone = runProgram(['sh', '-e'], {}, back)
  assert.equal(undone.code, 0, undone.err)
  assert.equal(describeHost(), untouched)
})

test('start, autostart and list say what virsh says', () => {
  assert.equal(weft.ok('net', 'start', 'default'), 'Network default started\n')
  assert.equal(weft.ok('net', 'autostart', 'default'), 'Network default marked as autostarted\n')
  assert.equal(
    weft.ok('net-list'),
    [
      ' Name      State    Autostart   Persistent',
      '--------------------------------------------',
      ' default   active   yes         yes',
      '',
    ].join('\n'),
  )
  assert.match(host('ip', '-o', '-4', 'address', 'show', 'virbr0'), /192\.168\.122\.1\/24/)
  assert.equal(weft.ok('net', 'start', 'default'), 'Network default is running already\n')
})

test('bridge list is what brctl show was for, and says whose each bridge is', () => {
  host('ip', 'link', 'add', 'br-other', 'type', 'bridge')
  const list = weft.ok('bridge', 'list')
  assert.match(list, /^ virbr0 +8000\.525400b8c99d +yes +network default/m)
  assert.match(list, /^ br-other +8000\.\w+ +no +not weft's/m)
  host('ip', 'link', 'delete', 'br-other')
})

test('a namespace becomes a guest of the network, is seen everywhere, and leaves', async () => {
  host('ip', 'netns', 'add', 'box')
  weft.ok('port', 'add', 'default', '--netns', 'box')
  assert.match(weft.ok('port', 'list', 'default'), /^ vport0 +namespace box +192\.168\.122\.\d+/m)
  assert.match(weft.ok('bridge', 'list'), /vport0 +namespace box/)
  await until(
    () =>
      runProgram(['ip', 'netns', 'exec', 'box', 'busybox', 'ping', '-c1', '-W1', '192.168.122.1']).code === 0,
  )
  const refused = weft.run(['net', 'stop', 'default'])
  assert.equal(refused.code, 4)
  assert.match(refused.err, /guests plugged in: vport0\n +try .*--force/)
  weft.ok('port', 'remove', 'default', 'box')
  host('ip', 'netns', 'delete', 'box')
})

test('history, diff and undo tell and take back', () => {
  weft.ok('net', 'stop', 'default')
  const before = describeHost()
  weft.ok('net', 'start', 'default')
  const [last] = JSON.parse(weft.ok('history', '--last', '1', '--json')) as { number: number; by: string }[]
  assert.ok(last)
  assert.equal(last.by, 'root')
  const diff = weft.ok('diff', String(last.number))
  assert.match(diff, /^Change \d+: start network 'default'\n/)
  assert.match(diff, /^bridges: .*\n +\+virbr0$/m)
  assert.match(diff, /^ +\+192\.168\.122\.0\/24 dev virbr0/m)
  assert.match(diff, /^ +-net\.ipv4\.ip_forward = 0$/m)
  assert.equal(weft.ok('diff'), diff)
  assert.match(weft.ok('undo', '--dry-run'), /^ip link delete/m)
  weft.ok('undo')
  assert.equal(describeHost(), before)
  assert.match(weft.ok('history'), new RegExp(`^ ${String(last.number)} .* undone`, 'm'))
})

test('stop and undefine leave nothing', () => {
  weft.ok('net-start', 'default')
  assert.equal(weft.ok('net-destroy', 'default'), 'Network default stopped\n')
  assert.equal(weft.ok('net', 'undefine', 'default'), 'Network default has been undefined\n')
  assert.equal(weft.ok('net', 'list', '--name'), '')
  assert.equal(host('nft', 'list', 'ruleset'), '')
})

test('a network that runs without being kept is kept by defining it, whether or not its UUID is named', () => {
  const yaml = 'name: afternoon\nmode: isolated\naddress: 10.88.0.1/24\n'
  assert.equal(weft.run(['net', 'create'], yaml).code, 0)
  const kept = weft.run(['net', 'define'], yaml)
  assert.equal(kept.code, 0, kept.err)
  assert.match(weft.ok('net', 'list'), /^ afternoon +active +no +yes$/m)
  weft.ok('net', 'stop', 'afternoon')
  weft.ok('net', 'undefine', 'afternoon')
})

test('a network with a blank in its name lives like any other', async () => {
  const yaml = 'name: my lab\nmode: isolated\naddress: 10.89.0.1/24\ndhcp: {range: 10.89.0.10-10.89.0.20}\n'
  assert.equal(weft.run(['net', 'define'], yaml).code, 0)
  weft.ok('net', 'start', 'my lab')
  host('ip', 'netns', 'add', 'desk')
  weft.ok('port', 'add', 'my lab', '--netns', 'desk')
  // The kernel looks at a cable's carrier in its own time.
  const plugged = /^ vport0 +namespace desk +10\.89\.0\.20 .*forwarding$/m
  await until(() => plugged.test(weft.ok('net', 'show', 'my lab')))
  weft.ok('port', 'remove', 'my lab', 'desk')
  host('ip', 'netns', 'delete', 'desk')
  weft.ok('net', 'stop', 'my lab')
  weft.ok('net', 'undefine', 'my lab')
  assert.doesNotMatch(weft.ok('net', 'list'), /my lab/)
})

test('a port to a namespace that is not there, or is this host itself, is refused with what to type', () => {
  const yaml = 'name: wires\nmode: isolated\naddress: 10.90.0.1/24\ndhcp: {range: 10.90.0.10-10.90.0.20}\n'
  assert.equal(weft.run(['net', 'create'], yaml).code, 0)
  const untouched = describeHost()
  const refusals: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['--netns', 'nosuch'], 3, /no network namespace named 'nosuch'\n +try +ip netns list/],
    [['--pid', '4194300'], 3, /there is no process 4194300\n +try/],
    [['--pid', String(process.pid)], 2, /is this host itself, not a guest.*\n +try/],
  ]
  for (const [words, code, says] of refusals) {
    const refused = weft.run(['port', 'add', 'wires', ...words])
    assert.equal(refused.code, code, refused.err)
    assert.match(refused.err, says)
  }
  assert.equal(describeHost(), untouched)
  weft.ok('net', 'stop', 'wires')
})
