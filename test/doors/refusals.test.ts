/** Wrong words and bad input: each with its exit code and a text that says what to do; nothing is changed by any. */
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { newRoot, runProgram, runWeft, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
})
after(() => weft.stop())

interface Refusal {
  readonly words: readonly string[]
  readonly input?: string
  readonly code: number
  readonly says: RegExp
}

const network = (inside: string, name = 'lab'): string =>
  `<network>\n  <name>${name}</name>\n${inside}\n</network>\n`
const LAB_IP = "  <ip address='10.77.0.1' netmask='255.255.255.0'/>"

const refusals: Readonly<Record<string, Refusal>> = {
  'an unknown verb': {
    words: ['net', 'strat'],
    code: 2,
    says: /no command 'net strat'\n +try +did you mean 'weft net start'/,
  },
  'an unknown noun': {
    words: ['nett', 'list'],
    code: 2,
    says: /no command 'nett'\n +try +did you mean 'weft net list'/,
  },
  'an unknown flag': {
    words: ['net', 'list', '--nmae'],
    code: 2,
    says: /no flag '--nmae'\n +try +did you mean '--name'/,
  },
  'a missing name': { words: ['net', 'start'], code: 2, says: /needs NETWORK/ },
  'a word too many': {
    words: ['net', 'start', 'a', 'b'],
    code: 2,
    says: /does not know what to do with 'b'/,
  },
  'a flag without its value': {
    words: ['disk', 'create', 'a', '--size'],
    code: 2,
    says: /--size needs a value/,
  },
  'a size that is none': {
    words: ['disk', 'create', 'a', '--size', 'big'],
    code: 2,
    says: /'big' is no size for --size\n +try/,
  },
  'a value that is no choice': {
    words: ['disk', 'create', 'a', '--format', 'qcow'],
    code: 2,
    says: /did you mean 'qcow2'/,
  },
  'a network that is not there': {
    words: ['net', 'start', 'nosuch'],
    code: 3,
    says: /no network named 'nosuch'\n +try/,
  },
  'a disk that is not there': { words: ['disk', 'show', 'nosuch'], code: 3, says: /no disk 'nosuch'/ },
  'a machine that is not there': {
    words: ['vm', 'start', 'nosuch'],
    code: 3,
    says: /no machine named 'nosuch'/,
  },
  'a change that is not there': { words: ['diff', '999'], code: 3, says: /no change 999/ },
  'a file that is not there': {
    words: ['net', 'define', '/nonexistent.xml'],
    code: 3,
    says: /no file '\/nonexistent.xml'/,
  },
  'a directory for a file': { words: ['net', 'define', '/tmp'], code: 2, says: /is a directory/ },
  'an empty pipe': { words: ['net', 'define'], input: '', code: 2, says: /nothing came through the pipe/ },
  'XML that is malformed': {
    words: ['net', 'define'],
    input: '<network>\n  <name>lab</nam>\n',
    code: 2,
    says: /^<stdin>:2:\d+: /m,
  },
  'an element nobody knows': {
    words: ['net', 'define'],
    input: network(`  <brigde name='x'/>\n${LAB_IP}`),
    code: 2,
    says: /^<stdin>:3:\d+: .*brigde/m,
  },
  'a range outside its subnet': {
    words: ['net', 'define'],
    input: network(
      "  <ip address='10.77.0.1' netmask='255.255.255.0'>\n    <dhcp><range start='10.78.0.2' end='10.78.0.9'/></dhcp>\n  </ip>",
    ),
    code: 2,
    says: /^<stdin>:4:\d+: /m,
  },
  'a subnet that overlaps another network': {
    words: ['net', 'define'],
    input: network("  <ip address='192.168.122.9' netmask='255.255.255.0'/>"),
    code: 2,
    says: /^<stdin>:3:\d+: .*default/m,
  },
  'a bridge that another network has': {
    words: ['net', 'define'],
    input: network(`  <bridge name='virbr0'/>\n${LAB_IP}`),
    code: 2,
    says: /^<stdin>:3:\d+: .*virbr0/m,
  },
  'a missing disk': { words: ['vm', 'create', 'a', '--disk', 'nosuch'], code: 3, says: /no disk 'nosuch'/ },
  'a missing image': {
    words: ['vm', 'create', 'a', '--disk', '/nonexistent.img'],
    code: 2,
    says: /nonexistent/,
  },
  'an unknown network of a machine': {
    words: ['vm', 'create', 'a', '--net', 'nosuch'],
    code: 2,
    says: /nosuch/,
  },
  'an undo of nothing that stands': { words: ['undo', '999'], code: 3, says: /no change 999/ },
}

for (const [what, { words, input, code, says }] of Object.entries(refusals))
  test(`${what} is refused`, () => {
    const before = weft.ok('net', 'list', '--json') + weft.ok('vm', 'list', '--json')
    const ran = weft.run(words, input)
    assert.match(ran.err, says)
    assert.equal(ran.code, code, ran.err)
    assert.equal(ran.out, '')
    assert.equal(weft.ok('net', 'list', '--json') + weft.ok('vm', 'list', '--json'), before)
  })

test('a problem in a file is shown with its line under a caret', () => {
  const file = join(weft.root, 'bad.xml')
  writeFileSync(file, network(`  <brigde name='x'/>\n${LAB_IP}`))
  const { err, code } = weft.run(['net', 'define', file])
  assert.equal(code, 2)
  assert.match(err, new RegExp(`^${file}:3:\\d+: .*\n +<brigde name='x'/>\n +\\^$`, 'm'))
})

test('a bridge name that somebody else has taken is refused at the start, and nothing is left', () => {
  runProgram(['ip', 'link', 'add', 'virbr0', 'type', 'bridge'])
  const ran = weft.run(['net', 'start', 'default'])
  runProgram(['ip', 'link', 'delete', 'virbr0'])
  assert.equal(ran.code, 4, ran.err)
  assert.match(ran.err, /in the way/)
  assert.match(ran.err, /virbr0/)
})

test('a subnet that the host reaches elsewhere is refused at the start', () => {
  runProgram(['ip', 'link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'lan1'])
  runProgram(['ip', 'address', 'add', '192.168.122.77/24', 'dev', 'lan0'])
  runProgram(['ip', 'link', 'set', 'lan0', 'up'])
  const ran = weft.run(['net', 'start', 'default'])
  runProgram(['ip', 'link', 'delete', 'lan0'])
  assert.equal(ran.code, 4, ran.err)
  assert.match(ran.err, /192\.168\.122\./)
})

test('--json prints the error as JSON', () => {
  const { out, code } = weft.run(['net', 'start', 'nosuch', '--json'])
  assert.equal(code, 3)
  assert.equal((JSON.parse(out) as { error: { code: string } }).error.code, 'not-found')
})

test('without weftd the hint says how to start it', () => {
  const root = newRoot()
  const { code, err } = runWeft(root, ['net', 'list'])
  assert.equal(code, 1)
  assert.equal(
    err,
    `weft: weftd does not answer on '${root}/run/weft/weft.sock'\n  try  sudo weftd --root ${root}\n`,
  )
})

test('a socket nobody listens on is told like one that is not there', async () => {
  const dead = await startWeft(newRoot())
  await dead.stop('SIGKILL')
  assert.ok(existsSync(dead.socket))
  const { code, err } = dead.run(['net', 'list'])
  assert.equal(code, 1)
  assert.match(err, /does not answer on/)
})
