/** A lab in one file as people type it: planned, applied, applied again, changed, taken back; refused with the line that is wrong. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { describeHost, host, newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
})
after(() => weft.stop())

const words = (line: string): string[] => line.split(' ')
const lab = (line: string, text: string) => weft.run(words(line), text)
const ok = (line: string, text: string): string => {
  const { code, out, err } = lab(line, text)
  assert.equal(code, 0, `${line}: ${err}${out}`)
  return out
}

const FRONT = `
  - name: front
    address: 10.70.1.1/24
    dhcp: {range: 10.70.1.10-10.70.1.99}
`
const BACK = `
  - name: back
    address: 10.70.2.1/24
    mode: isolated
    dhcp: {range: 10.70.2.10-10.70.2.99}
`
const ROUTER = `
  - name: router
    memory: 64M
    accelerator: tcg
    nics:
      - network: front
        publish: ["8080:80"]
      - back
`
const text = (networks: string, machines: string): string =>
  `name: demo\nnetworks:${networks === '' ? ' []' : networks}\nmachines:${machines === '' ? ' []' : machines}\n`
const WHOLE = text(FRONT + BACK, ROUTER)

test('planned, applied, and applied again: nothing is left to do', () => {
  const was = describeHost()
  const planned = ok('plan', WHOLE)
  assert.match(
    planned,
    /^Lab demo would become revision 1:\n\n \+ network front +nat, 10\.70\.1\.1\/24, virbr/,
  )
  assert.match(planned, /\n \+ machine router +1 CPU, 64 MiB, on front, back; it is started\n/)
  assert.match(planned, /\n3 to create, disturbs no guest\n$/)
  assert.equal(describeHost(), was)
  assert.match(ok('apply', WHOLE), /\nLab demo is at revision 1\n$/)
  assert.match(weft.ok('vm', 'list'), /router +running/)
  assert.match(host('nft', 'list', 'map', 'inet', 'weft', 'published'), /tcp \. 8080/)
  assert.equal(ok('apply', WHOLE), 'Lab demo is as its file says\n')
  assert.match(weft.ok('lab', 'list'), /demo +1 .*back, front +router/)
})

test('what changes is changed, what is gone from the file goes, and undo brings all of it back', () => {
  const was = [describeHost(), weft.ok('vm', 'show', 'router', '--yaml'), weft.ok('net', 'list')]
  const third = BACK.replaceAll('10.70.2', '10.70.3').replace('back', 'third')
  const changed = text(FRONT + third, ROUTER.replace('- back', '- third').replace('8080', '8090'))
  const planned = ok('plan', changed)
  assert.match(planned, /\n - network back +no longer in the file; it is stopped\n/)
  assert.match(
    planned,
    /\n ~ machine router +front: publishes 8090:80; the NIC on back moves to third; ! cuts a link of router\n/,
  )
  ok('apply', changed)
  assert.doesNotMatch(weft.ok('net', 'list'), /back/)
  assert.match(host('nft', 'list', 'map', 'inet', 'weft', 'published'), /tcp \. 8090/)
  assert.match(
    weft.ok('lab', 'history', 'demo'),
    / 2 .* root +1 to create, 1 to change, 1 to remove, 1 as it is/,
  )
  weft.ok('undo')
  assert.deepEqual([describeHost(), weft.ok('vm', 'show', 'router', '--yaml'), weft.ok('net', 'list')], was)
  assert.match(weft.ok('lab', 'list'), /demo +1 /)
  assert.equal(ok('apply', WHOLE), 'Lab demo is as its file says\n')
})

test('the difference between the file and what is there, and the commands that would make it', () => {
  const changed = WHOLE.replace('memory: 64M', 'memory: 96M').replace('10.70.2.99', '10.70.2.98')
  const diff = ok('diff -f -', changed)
  assert.match(diff, /^network back\n(  .*\n)*  -  range: .*2\.99\n  \+  range: .*2\.98\nmachine router\n/m)
  assert.match(diff, /  -memory: 64M\n  \+memory: 96M\n/)
  assert.equal(ok('diff -f -', WHOLE), 'Lab demo is as its file says\n')
  const script = ok('plan --script', changed)
  assert.match(
    script,
    /\nweft net define --live <<'EOF'\nname: back\n[^]*\nEOF\nweft vm define <<'EOF'\nname: router\n/,
  )
})

test('what cannot change while it runs is said, and done only with --restart', () => {
  const changed = WHOLE.replace('memory: 64M', 'memory: 96M').replace(
    'name: back',
    'name: back\n    bridge: brback',
  )
  const planned = ok('plan', changed)
  assert.match(
    planned,
    /~ network back +bridge changed\n +\(from its next start: the bridge virbr\d cannot become brback/,
  )
  assert.match(
    planned,
    /~ machine router +memory 64 → 96 MiB\n +\(from its next start: machine 'router' was started with room for 64 MiB\)/,
  )
  const pid = (): string => weft.ok('vm', 'show', 'router', '--json').replace(/[^]*"pid": ?(\d+)[^]*/, '$1')
  const was = pid()
  ok('apply', changed)
  assert.equal(pid(), was)
  const restarting = ok('plan --restart', changed)
  assert.match(restarting, /~ network back +it is stopped and started again; ! restarts the guests on back\n/)
  assert.match(restarting, /~ machine router +it is stopped and started again; ! restarts router\n/)
  ok('apply --restart', changed)
  assert.notEqual(pid(), was)
  assert.match(host('ip', '-br', 'link', 'show', 'master', 'brback'), /vnet/)
  assert.equal(ok('apply', changed), 'Lab demo is as its file says\n')
  weft.ok('undo')
  assert.match(weft.ok('vm', 'list'), /router +running/)
  weft.ok('undo')
  assert.equal(ok('apply --restart', WHOLE).replace(/[^]*\n(Lab)/, '$1'), 'Lab demo is as its file says\n')
})

test('disks are made where there are none, kept when their machine goes, and deleted when told so', () => {
  const more = `disks:\n  - {name: data, size: 8M}\n`
  const store = `  - {name: store, memory: 32M, started: false, disks: [data]}\n`
  const planned = ok('plan', WHOLE + store + more)
  assert.match(planned, /\n \+ disk data +qcow2, 8/)
  ok('apply', WHOLE + store + more)
  assert.match(weft.ok('disk', 'list'), /data .* store/)
  assert.equal(ok('apply', WHOLE + store + more), 'Lab demo is as its file says\n')
  assert.match(ok('plan', WHOLE), /- machine store +no longer in the file; its disk is kept: .*data\.qcow2\n/)
  ok('apply', WHOLE)
  assert.match(weft.ok('disk', 'list'), /data/)
  ok('apply', WHOLE + store)
  assert.match(ok('plan --delete-disks', WHOLE), /its disk is deleted, unless others use it: .*data\.qcow2/)
  ok('apply --delete-disks', WHOLE)
  assert.doesNotMatch(weft.ok('disk', 'list'), /data/)
})

test('a failure half-way takes everything back', () => {
  const was = describeHost()
  const bad = text(
    `${FRONT}${BACK}  - name: third\n    address: 10.70.3.1/24\n`,
    `${ROUTER}  - name: never\n    memory: 64M\n    accelerator: tcg\n    kernel: /nowhere/vmlinuz\n`,
  )
  const { code, err } = lab('apply', bad)
  assert.notEqual(code, 0)
  assert.match(err, /could not apply lab 'demo'/)
  assert.match(err, /nowhere/)
  assert.equal(describeHost(), was)
  assert.doesNotMatch(weft.ok('net', 'list'), /third/)
  assert.match(weft.ok('lab', 'list'), /demo +5 /)
  const without = lab('apply', bad.replace(ROUTER.slice(1), ''))
  assert.match(without.err, /nowhere/)
  assert.equal(describeHost(), was, 'the router was stopped, and has been started again')
  assert.match(weft.ok('vm', 'list'), /router +running/)
})

test('what belongs to nobody is not touched unless adopted, and what belongs to another lab never', () => {
  const { code, err } = lab('apply', 'name: other\nnetworks:\n  - name: default\n    address: 10.9.9.1/24\n')
  assert.equal(code, 4)
  assert.match(err, /<stdin>:3:5: the network exists and belongs to no lab/s)
  const stolen = lab('apply --adopt', 'name: other\nnetworks:\n  - name: front\n    address: 10.9.9.1/24\n')
  assert.match(stolen.err, /belongs to lab 'demo'/)
})

test('what nobody knows is refused with its line and what may have been meant', () => {
  const { code, err } = lab('plan', 'name: typo\nnetwrks:\n  - name: a\n')
  assert.equal(code, 2)
  assert.match(err, /<stdin>:2:1: a lab has no 'netwrks'/)
  assert.match(err, /did you mean 'networks'\?/)
  const own = lab('plan', 'name: typo\nmachines:\n  - name: a\n    memry: 1G\n    startd: false\n')
  assert.match(own.err, /:4:5: .*did you mean 'memory'\?/s)
  assert.match(own.err, /:5:5: .*did you mean 'started'\?/s)
  const nowhere = 'name: typo\nmachines:\n  - name: a\n    nics: [default, fornt]\n'
  assert.match(lab('plan', nowhere).err, /<stdin>:4:21: there is no network named 'fornt'/)
  const twice =
    'name: typo\nnetworks:\n  - {name: a, address: 10.71.0.1/24}\n  - {name: b, address: 10.71.0.2/24}\n'
  assert.match(lab('plan', twice).err, /<stdin>:4:\d+: .*10\.71\.0/)
})

test('what is here is exported, and applied it changes nothing', () => {
  const text = weft.ok('export', 'demo')
  assert.match(text, /^name: demo\nnetworks:\n/)
  assert.doesNotMatch(text, /uuid|slot/)
  assert.equal(ok('apply', text), 'Lab demo is as its file says\n')
  assert.match(weft.ok('export', 'demo', '--json'), /"format": ?"yaml"/)
  assert.equal(weft.run(['export']).code, 2)
  assert.equal(weft.run(['export', 'nobody']).code, 3)
})

test('bare bridges and TAPs of the host are exported too: made where they are missing, and left alone', () => {
  host('ip', 'link', 'add', 'brtest', 'type', 'bridge')
  host('ip', 'address', 'add', '192.0.2.1/24', 'dev', 'brtest')
  host('ip', 'tuntap', 'add', 'dev', 'taptest', 'mode', 'tap')
  host('ip', 'link', 'set', 'taptest', 'master', 'brtest')
  const links = (): string => host('ip', '-br', 'address', 'show', 'dev', 'brtest') + host('bridge', 'link')
  const text = weft.ok('export', '--all')
  assert.match(text, /bridges:\n +- \{name: brtest, addresses: \[192\.0\.2\.1\/24\]\}\n/)
  assert.match(text, /taps:\n +- \{name: taptest, bridge: brtest\}\n/)
  const own = `name: bare\n${text.slice(text.indexOf('host:'), text.indexOf('networks:'))}`
  assert.equal(
    ok('plan', own),
    'Lab bare would become revision 1: nothing of what is there differs from its file\n',
  )
  host('ip', 'link', 'delete', 'taptest')
  host('ip', 'link', 'delete', 'brtest')
  assert.match(
    ok('plan', own),
    /\n \+ host brtest +it belongs to the host, and stays when the lab goes, 192\.0\.2\.1\/24\n/,
  )
  ok('apply', own)
  assert.match(links(), /brtest .*192\.0\.2\.1\/24[^]*taptest.* master brtest/)
  ok('apply', 'name: bare\n')
  assert.match(links(), /taptest/)
  weft.ok('undo')
  assert.doesNotMatch(host('ip', '-br', 'link'), /taptest|brtest/)
})

test('what guests are told in secret is shown to nobody', () => {
  const secret =
    'name: secret\nmachines:\n  - name: told\n    started: false\n    cloudInit: {user: me, sshKeys: [], userData: "#cloud-config\\npassword: hunter2"}\n'
  ok('apply', secret)
  const shown = [
    ['diff', '--script'],
    ['lab', 'history', 'secret', '--revision', '1'],
    ['export', 'secret'],
    ['history', '--json'],
  ]
  for (const line of shown) assert.doesNotMatch(weft.ok(...line), /hunter2/, line.join(' '))
  assert.doesNotMatch(ok('diff -f -', secret.replace('hunter2', 'hunter3')), /hunter/)
  weft.ok('undo')
})

test('an empty lab has nothing any more', () => {
  ok('apply', 'name: demo\n')
  assert.doesNotMatch(weft.ok('vm', 'list'), /router/)
  assert.doesNotMatch(weft.ok('net', 'list'), /front|back/)
  assert.ok(!existsSync(join(weft.root, 'run/weft/vms/router')))
})
