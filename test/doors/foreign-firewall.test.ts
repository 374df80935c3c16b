/** Another program's firewall that drops what weft lets through: asked for what guests need, named where it is to be left alone. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { restartDocker, startDocker, stopDocker } from '../support/docker-like.ts'
import { host, newRoot, runProgram, startWeft, until, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
})
after(async () => {
  weft.run(['net', 'stop', 'default'])
  await weft.stop()
})

const drops = (name: string, hook: string): void => {
  const chain = `chain ${name} { type filter hook ${hook} priority filter; policy drop; }`
  const { code, err } = runProgram(['nft', '-f', '-'], {}, `table ip filter {\n${chain}\n}\n`)
  assert.equal(code, 0, err)
}
const rules = (): string => host('iptables-nft-save', '-t', 'filter')
const FORWARD =
  /chain 'FORWARD' of table 'ip filter' drops what its own rules do not accept: .* the outside and other networks/
const ASKED = '-A FORWARD -o virbr0 .*--comment "weft: default" -j ACCEPT'

test('starting a network asks for what its guests need, and says so in its plan', () => {
  drops('FORWARD', 'forward')
  const script = weft.ok('net', 'start', 'default', '--dry-run')
  assert.match(
    script,
    /# guests of default get answers.*: the chain FORWARD would drop that\niptables-nft \\?\s*-A FORWARD/,
  )
  const started = weft.run(['net', 'start', 'default'])
  assert.equal(started.code, 0, started.err)
  assert.doesNotMatch(started.err, FORWARD)
  assert.match(rules(), new RegExp(ASKED))
  assert.doesNotMatch(weft.ok('net', 'show', 'default'), FORWARD)
  const shown = weft.ok('host', 'neighbours')
  assert.match(shown, /^ iptables +drops: chain 'FORWARD' of iptables-nft: policy DROP\n/)
  assert.match(shown, /asked for default: iptables-nft -A FORWARD -o virbr0/)
})

test('left alone when somebody says so: named with what it may cut off, and with the rule that stops it', () => {
  assert.equal(weft.ok('host', 'neighbours', 'leave', 'iptables'), 'Nothing is asked of iptables any more\n')
  assert.doesNotMatch(rules(), /weft/)
  assert.match(weft.ok('net', 'show', 'default'), FORWARD)
  assert.match(weft.ok('status'), FORWARD)
  assert.match(weft.ok('host', 'neighbours'), /nothing is asked of it: you said so/)
  weft.ok('undo')
  assert.match(rules(), new RegExp(ASKED))
  weft.ok('host', 'neighbours', 'leave', 'iptables')
  weft.ok('host', 'neighbours', 'ask', 'iptables')
  assert.match(rules(), new RegExp(ASKED))
  const { code, err } = weft.run(['host', 'neighbours', 'leave', 'nobody'])
  assert.match(err, /no firewall named 'nobody'/)
  assert.equal(code, 3)
})

test('a chain that comes later is asked as well, and rules that went are there again', async () => {
  drops('INPUT', 'input')
  await until(() => /-A INPUT -i virbr0 -p udp .* 67 .*weft: default/.test(rules()))
  host('iptables-nft', '-F', 'INPUT')
  await until(() => /-A INPUT -i virbr0 -p udp .* 67 .*weft: default/.test(rules()))
  // What is no longer missed is said when it has been looked at again.
  await until(() => !weft.ok('status').includes('ip filter'))
  host('nft', 'delete', 'table', 'ip', 'filter')
  startDocker('since 28')
  await until(() => /-A DOCKER-USER -o virbr0 .*weft: default/.test(rules()))
  restartDocker('since 28', 'nft', true)
  await until(() => /-A DOCKER-USER -o virbr0 .*weft: default/.test(rules()))
  weft.ok('net', 'stop', 'default')
  assert.doesNotMatch(rules(), /weft/)
  stopDocker()
})
