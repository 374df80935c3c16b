/** Hands and eyes on a real kernel: long-lived helpers that survive, fail by name, and keep transactions whole. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { WeftError } from '../../src/core/errors.ts'
import { nft, run as runAction, type Action } from '../../src/core/plan/action.ts'
import {
  describeWorld,
  makeRoot,
  openRealApp,
  removeRoot,
  run,
  until,
  type RealApp,
} from '../support/real-app.ts'

let real: RealApp
before(() => {
  real = openRealApp(makeRoot())
})
after(() => {
  real.close()
  removeRoot(real.root)
})
const perform = (action: Action): Promise<void> => real.app.host.perform(action)
const ip = (line: string): Promise<void> => perform(runAction('ip', ...line.split(' ')))
const said = (error: WeftError): string => error.details.find(([label]) => label === 'it said')?.[1] ?? ''

test('many commands at once each get their own answer', async () => {
  const lines = Array.from({ length: 40 }, (_, index) =>
    index % 3 === 2 ? 'link add lo type bridge' : `link add many${index} type bridge`,
  )
  const results = await Promise.allSettled(lines.map((line) => ip(line)))
  assert.deepEqual(
    results.map(({ status }) => status),
    lines.map((_, index) => (index % 3 === 2 ? 'rejected' : 'fulfilled')),
  )
  for (const [index] of lines.entries()) if (index % 3 !== 2) await ip(`link delete many${index}`)
})

test('a refusal names the command and what the kernel said', async () => {
  await assert.rejects(ip('link add lo type bridge'), (error: WeftError) => {
    assert.equal(error.code, 'command-failed')
    assert.deepEqual(error.details, [
      ['ran', 'ip link add lo type bridge'],
      ['it said', 'RTNETLINK answers: File exists'],
    ])
    return true
  })
})

test('a word that ip does not know ends the helper, and the next command finds a new one', async () => {
  await assert.rejects(ip('link frobnicate'), (error: WeftError) =>
    said(error).includes('"frobnicate" is unknown'),
  )
  await ip('link set dev lo up')
})

test('a command that fails with words which mean nothing is run again, so often and no oftener', async () => {
  const counted = join(real.root, 'tries')
  const fails = (until: number, words: string): Action => ({
    kind: 'run',
    argv: [
      'sh',
      '-c',
      `echo x >> "$0"; test $(wc -l < "$0") -ge ${until} || { echo '${words}' >&2; exit 1; }`,
      counted,
    ],
    again: { whenItSays: 'not yet', most: 3 },
  })
  const tries = async (action: Action): Promise<number> => {
    writeFileSync(counted, '')
    await perform(action).catch((error: unknown) => {
      assert.equal((error as WeftError).code, 'command-failed')
    })
    return readFileSync(counted, 'utf8').length / 2
  }
  assert.equal(await tries(fails(2, 'it is not yet done')), 2)
  assert.equal(await tries(fails(9, 'it is not yet done')), 3)
  assert.equal(await tries(fails(9, 'it is broken')), 1)
})

test('accepted exit codes count also through the helper', async () => {
  await perform({ ...runAction('ip', 'link', 'delete', 'dev', 'nobody0'), accept: [1] })
  await assert.rejects(perform({ ...runAction('ip', 'link', 'delete', 'dev', 'nobody0'), accept: [7] }))
})

test('helpers that somebody kills are started again', async () => {
  await ip('link set dev lo up')
  await perform(nft(['add table inet t']))
  run('sh', '-c', "pkill -KILL -f '^(ip .*-batch|nft -i)'")
  await ip('link set dev lo up')
  await perform(nft(['add chain inet t c']))
  assert.match(run('nft', 'list', 'table', 'inet', 't'), /chain c/)
  await perform(nft(['delete table inet t']))
})

test('several lines are one transaction: all of them or none', async () => {
  await perform(nft(['add table inet t', 'add set inet t s { type ipv4_addr; }']))
  const bad = nft(['add element inet t s { 10.0.0.1 }', 'add element inet t nowhere { 10.0.0.2 }'])
  await assert.rejects(perform(bad), (error: WeftError) => {
    assert.match(said(error), /No such file or directory[^]*nowhere/)
    return true
  })
  assert.doesNotMatch(run('nft', 'list', 'table', 'inet', 't'), /10\.0\.0\.1/)
  await perform(nft(['delete table inet t']))
})

const block = [
  'table inet t {',
  '  set s {',
  '    type ifname',
  '    elements = { "a0",',
  '      "b-1" }',
  '  }',
  '  chain c {',
  '    type filter hook forward priority 0; policy accept;',
  '    iifname @s counter accept',
  '  }',
  '}',
]
const texts: Readonly<Record<string, readonly string[]>> = {
  block,
  commented: ['# a comment; with a semicolon', ...block],
  quoted: [...block, 'add rule inet t c counter comment "two; words"'],
  'closing brace alone': [
    'add table inet t',
    'add set inet t s { type ipv4_addr; elements = { 10.0.0.1,',
    '10.0.0.2',
    '} ; }',
  ],
}
for (const [name, lines] of Object.entries(texts)) {
  test(`the helper understands nft as a file does: ${name}`, async () => {
    await perform(nft(lines))
    const through = run('nft', 'list', 'table', 'inet', 't')
    run('nft', 'delete', 'table', 'inet', 't')
    const file = join(real.root, 'file.nft')
    writeFileSync(file, `${lines.join('\n')}\n`)
    run('nft', '-f', file)
    assert.equal(through, run('nft', 'list', 'table', 'inet', 't'))
    await perform(nft(['delete table inet t']))
  })
}

test('a long list of elements goes through', async () => {
  const elements = Array.from({ length: 5000 }, (_, index) => `10.1.${index >> 8}.${index & 255}`).join(', ')
  await perform(
    nft(['add table inet t', 'add set inet t s { type ipv4_addr; }', `add element inet t s { ${elements} }`]),
  )
  assert.match(run('nft', 'list', 'set', 'inet', 't', 's'), /10\.1\.19\.135/)
  await perform(nft(['delete table inet t']))
})

test('a kernel setting of a link with a dot in its name is written and told when it is not there', async () => {
  await ip('link add we.ft type bridge')
  await perform({ kind: 'sysctl', key: 'net.ipv4.conf.we/ft.forwarding', value: '1' })
  assert.equal(readFileSync('/proc/sys/net/ipv4/conf/we.ft/forwarding', 'utf8'), '1\n')
  await ip('link delete we.ft')
  await assert.rejects(perform({ kind: 'sysctl', key: 'net.ipv4.conf.we/ft.forwarding', value: '1' }), {
    code: 'command-failed',
  })
})

test('a full disk leaves the old file, and says which disk', async () => {
  const full = join(real.root, 'full')
  mkdirSync(full)
  run('mount', '-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', full)
  const path = join(full, 'file')
  const write = (content: string): Action => ({ kind: 'write', path, content, mode: 0o644 })
  await perform(write('old'))
  await assert.rejects(perform(write('x'.repeat(100_000))), { code: 'no-space' })
  assert.equal(readFileSync(path, 'utf8'), 'old')
  assert.deepEqual(run('ls', '-A', full), 'file\n')
  run('umount', full)
})

test('a process that ignores TERM is told after the limit, and KILL ends it', async () => {
  const pidFile = join(real.root, 'stubborn.pid')
  run(
    'sh',
    '-c',
    `(trap '' TERM; echo started >${pidFile}.ready; exec sleep 61.5) >/dev/null 2>&1 & echo $! >${pidFile}`,
  )
  await until('it ignores TERM', () =>
    run('sh', '-c', `tr '\\0' ' ' </proc/$(cat ${pidFile})/cmdline`).startsWith('sleep'),
  )
  const signal = (name: 'TERM' | 'KILL', waitMs: number): Action => ({
    kind: 'signal',
    pidFile,
    match: 'sleep 61.5',
    signal: name,
    waitMs,
  })
  await assert.rejects(perform(signal('TERM', 300)), { code: 'timeout' })
  await perform(signal('KILL', 60_000))
  assert.throws(() => readFileSync(pidFile))
})

test('a snapshot tells what somebody did, and nothing that happens by itself', async () => {
  const first = await describeWorld(real.app, real.root)
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.deepEqual(await describeWorld(real.app, real.root), first)
  run('ip', 'link', 'add', 'br7', 'address', '52:54:00:00:00:77', 'type', 'bridge', 'stp_state', '1')
  run('ip', 'address', 'add', '10.7.7.1/24', 'dev', 'br7')
  run('ip', 'link', 'set', 'br7', 'up', 'alias', 'weft:network:seven')
  const second = await describeWorld(real.app, real.root)
  const added = (section: string): string[] =>
    (second[section] ?? []).filter((line) => !first[section]?.includes(line))
  assert.deepEqual(added('bridges'), ['br7', '    stp on', '    forward delay 15 s'])
  assert.deepEqual(added('addresses'), ['br7', '    10.7.7.1/24'])
  assert.deepEqual(added('routes'), ['10.7.7.0/24 dev br7 from 10.7.7.1, table main'])
  assert.ok(added('links').includes('    alias weft:network:seven'))
  run('ip', 'link', 'delete', 'br7')
  assert.deepEqual(await describeWorld(real.app, real.root), first)
})

test('a look sees what a person does with ip behind our back', async () => {
  run('ip', 'link', 'add', 'br8', 'type', 'bridge')
  run('ip', 'address', 'add', '10.8.8.1/24', 'dev', 'br8')
  const link = (await real.app.host.look([])).links.find(({ name }) => name === 'br8')
  assert.deepEqual(
    [link?.kind, link?.isUp, link?.ipv4, link?.bridge?.stp],
    ['bridge', false, [{ address: '10.8.8.1', prefix: 24 }], false],
  )
  run('ip', 'link', 'delete', 'br8')
  assert.equal(
    (await real.app.host.look([])).links.some(({ name }) => name === 'br8'),
    false,
  )
})
