/** Hooks: programs of the administrator's that hear what happens to networks, machines and weftd, and may forbid it. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { host, newRoot, runProgram, startWeft, until, type Weft } from './weft-process.ts'

let weft: Weft
let heard: string
let hooks: string

/** Writes down what it is called with and what it reads, and says no where a file named after its call lies. */
const HOOK = (root: string): string => `#!/bin/sh
n=$(ls ${root}/heard | wc -l)
printf '%s %s\\n' "\${0##*/hooks/}" "$*" >${root}/heard/$(printf %03d $n)
cat >>${root}/heard/$(printf %03d $n)
if [ -e ${root}/veto-$1-$2 ]; then echo "$1 shall not $2" >&2; exit 3; fi
`

function putHook(name: string, mode = 0o755): void {
  mkdirSync(join(hooks, name, '..'), { recursive: true })
  writeFileSync(join(hooks, name), HOOK(weft.root), { mode })
}

/** Line by line: who was called, and with what. */
const calls = (): string[] =>
  readdirSync(heard)
    .sort()
    .map((name) => textOf(name).split('\n')[0] ?? '')
const textOf = (name: string): string => readFileSync(join(heard, name), 'utf8')
const given = (call: string): string => {
  const name = readdirSync(heard).find((each) => textOf(each).startsWith(`${call}\n`))
  assert.ok(name !== undefined, `nobody was called with '${call}': ${calls().join('; ')}`)
  return textOf(name).slice(call.length + 1)
}
const forbid = (name: string, operation: string): (() => void) => {
  const file = join(weft.root, `veto-${name}-${operation}`)
  writeFileSync(file, '')
  return () => {
    rmSync(file)
  }
}
const isActive = (): boolean =>
  (JSON.parse(weft.ok('net', 'show', 'default', '--json')) as { state: string }).state === 'active'

before(async () => {
  const root = newRoot()
  heard = join(root, 'heard')
  hooks = join(root, 'etc/weft/hooks')
  mkdirSync(heard)
  weft = await startWeft(root)
})
beforeEach(() => {
  for (const name of readdirSync(heard)) rmSync(join(heard, name))
})
after(() => weft.stop())

test('without hooks nobody is asked', () => {
  weft.ok('net', 'start', 'default')
  weft.ok('net', 'stop', 'default')
  assert.deepEqual(calls(), [])
})

test('hooks of networks hear of a start and a stop in their order, with the definition as libvirt writes it', () => {
  putHook('network')
  putHook('network.d/20-more')
  putHook('network.d/10-first')
  putHook('network.d/30-no-program', 0o644)
  // Long lines are broken, wherever the root of this run makes them long.
  const script = weft.ok('net', 'start', 'default', '--dry-run').replaceAll(' \\\n  ', ' ')
  assert.match(script, /hooks\/network default start begin -/)
  assert.match(script, /hooks\/network\.d\/20-more default started begin -/)
  assert.deepEqual(calls(), [])

  weft.ok('net', 'start', 'default')
  const all = ['network', 'network.d/10-first', 'network.d/20-more']
  assert.deepEqual(calls(), [
    ...all.map((name) => `${name} default start begin -`),
    ...all.map((name) => `${name} default started begin -`),
  ])
  assert.match(
    given('network default started begin -'),
    /^<hookData>\n {2}<network>\n {4}<name>default<\/name>\n[^]*<bridge name='[^]*\n {2}<\/network>\n<\/hookData>\n$/,
  )
  weft.ok('net', 'stop', 'default')
  assert.deepEqual(
    calls().slice(6),
    all.map((name) => `${name} default stopped end -`),
  )
  rmSync(join(hooks, 'network.d'), { recursive: true })
})

test('a hook that says no keeps a network from starting, and what was done is taken back', () => {
  const before = [host('ip', '-o', 'link'), host('nft', 'list', 'ruleset')]
  const allow = forbid('default', 'start')
  const refused = weft.run(['net', 'start', 'default'])
  assert.notEqual(refused.code, 0)
  assert.match(refused.err, /could not start network 'default'[^]*default shall not start/)
  assert.deepEqual(calls(), ['network default start begin -'])
  allow()

  const allowStarted = forbid('default', 'started')
  assert.match(weft.run(['net', 'start', 'default']).err, /default shall not started/)
  assert.deepEqual(calls().slice(1), [
    'network default start begin -',
    'network default started begin -',
    'network default stopped end -',
  ])
  allowStarted()
  assert.equal(isActive(), false)
  assert.deepEqual([host('ip', '-o', 'link'), host('nft', 'list', 'ruleset')], before)
})

test("virsh is told in libvirt's words that a hook has forbidden it", () => {
  const allow = forbid('default', 'start')
  const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  const { code, err } = runProgram(['virsh', '-c', uri, 'net-start', 'default'])
  allow()
  assert.equal(code, 1)
  assert.match(err, /error: Hook script execution failed: .*default shall not start/)
})

test('a change of a network that runs is told, and can be forbidden', () => {
  weft.ok('net', 'start', 'default')
  const add = [
    'net',
    'update',
    'default',
    'add',
    'dns-host',
    "<host ip='192.0.2.7'><hostname>x</hostname></host>",
  ]
  const allow = forbid('default', 'updated')
  assert.match(weft.run(add).err, /default shall not updated/)
  assert.doesNotMatch(weft.ok('net', 'show', 'default', '--xml'), /192\.0\.2\.7/)
  allow()
  weft.ok(...add)
  assert.match(given('network default updated begin -'), /<network>/)
  assert.match(weft.ok('net', 'show', 'default', '--xml'), /192\.0\.2\.7/)
})

test('hooks of machines hear of each moment, with the TAP in the definition; plugs are told to those of networks', () => {
  putHook('qemu')
  weft.ok('vm', 'create', 'web', '--memory', '64', '--net', 'default')
  weft.ok('vm', 'start', 'web')
  assert.deepEqual(calls(), [
    'qemu web prepare begin -',
    'qemu web start begin -',
    'network default port-created begin -',
    'qemu web started begin -',
  ])
  assert.match(given('qemu web start begin -'), /^<domain type='[^]*<target dev='vnet0'\/>[^]*<\/domain>\n$/)
  assert.match(
    given('network default port-created begin -'),
    /<networkport>\n {4}<uuid>[^]*<name>web<\/name>[^]*<plug type='network' bridge='/,
  )
  weft.ok('vm', 'kill', 'web')
  assert.deepEqual(calls().slice(4).sort(), [
    'network default port-deleted end -',
    'qemu web release end -',
    'qemu web stopped end -',
  ])
  assert.equal(calls().at(-1), 'qemu web release end -')
})

test('a hook that says no keeps a machine from starting, whenever it says so', () => {
  const outcomes = {
    prepare: [],
    start: ['qemu web release end -'],
    started: ['network default port-deleted end -', 'qemu web stopped end -', 'qemu web release end -'],
  } as const
  for (const [operation, told] of Object.entries(outcomes)) {
    for (const name of readdirSync(heard)) rmSync(join(heard, name))
    const allow = forbid('web', operation)
    assert.match(weft.run(['vm', 'start', 'web']).err, new RegExp(`web shall not ${operation}`))
    allow()
    const said = calls()
    const at = said.indexOf(`qemu web ${operation} begin -`)
    assert.deepEqual(said.slice(at + 1), told, operation)
    assert.match(weft.ok('vm', 'show', 'web'), /^State: +stopped$/m)
    assert.doesNotMatch(host('ip', '-o', 'link'), /vnet0/)
  }
})

test('weftd itself is told of, and machines that run when it comes', async () => {
  putHook('daemon')
  weft.ok('vm', 'start', 'web')
  for (const name of readdirSync(heard)) rmSync(join(heard, name))
  weft.daemon.kill('SIGHUP')
  await until(() => calls().length === 1)
  await weft.stop()
  weft = await startWeft(weft.root)
  assert.deepEqual(calls(), [
    'daemon - reload begin SIGHUP',
    'daemon - shutdown - shutdown',
    'daemon - start - start',
    'qemu web reconnect begin -',
  ])
  assert.match(given('qemu web reconnect begin -'), /<target dev='vnet0'\/>/)
  weft.ok('vm', 'kill', 'web')
  assert.ok(existsSync(join(hooks, 'daemon')))
})
