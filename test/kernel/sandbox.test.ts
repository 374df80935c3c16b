/** The sandbox is a world of its own: it works, it changes nothing here, and it goes without a trace. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { findSandbox, insideSandbox, startSandbox, stopSandbox } from '../../src/sandbox/world.ts'

const base = mkdtempSync('/var/tmp/weft-sandbox-test-')
const one = join(base, 'one')
const two = join(base, 'two')
after(async () => {
  for (const root of [one, two]) await stopSandbox(root)
  rmSync(base, { recursive: true, force: true })
})

function inside(root: string, command: string): string {
  const found = findSandbox(root)
  assert.ok(found, `no sandbox in ${root}`)
  const [program = '', ...rest] = insideSandbox(found, ['sh', '-c', command])
  return execFileSync(program, rest, { encoding: 'utf8' }).trim()
}

/** What a sandbox must not change: links, routes, addresses, mounts, named namespaces. */
function host(): string[] {
  const show = (...argv: [string, ...string[]]): string =>
    execFileSync(argv[0], argv.slice(1), { encoding: 'utf8' })
  return [
    show('ip', '-d', 'link'),
    show('ip', 'address'),
    show('ip', 'route', 'show', 'table', 'all'),
    readFileSync('/proc/self/mountinfo', 'utf8'),
    existsSync('/run/netns') ? readdirSync('/run/netns').join() : '',
    readFileSync('/etc/resolv.conf', 'utf8'),
    readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'),
  ]
}

const before = host()

test('it has an uplink, a router, and an outside with a web server and a name', async () => {
  const started = await startSandbox(one)
  assert.equal(started.wasRunning, false)
  assert.match(inside(one, 'ip -br address show eth0'), /192\.0\.2\.10\/24/)
  assert.equal(inside(one, 'busybox wget -qO- http://outside.example/'), 'hello from the outside')
  assert.equal(inside(one, 'busybox wget -qO- http://outside.example/cgi-bin/whoami'), '192.0.2.10')
})

test('nothing of it is seen outside', () => {
  assert.deepEqual(host(), before)
})

test('starting it again finds the one that runs', async () => {
  const pid = findSandbox(one)?.pid
  assert.deepEqual(await startSandbox(one), { root: one, pid, wasRunning: true })
})

test('two of them live side by side and do not see each other', async () => {
  await startSandbox(two)
  inside(one, 'ip link add only-in-one type bridge')
  assert.match(inside(one, 'ip -br link'), /only-in-one/)
  assert.doesNotMatch(inside(two, 'ip -br link'), /only-in-one/)
  assert.doesNotMatch(inside(two, 'ps ax'), /sandbox-test-[^ ]*one/)
})

test('orphans are reaped', () => {
  const zombies = 'ps ax -o stat= | grep -q Z'
  const wait = `n=0; while ${zombies} || ps ax -o args= | grep -qx "sleep 0.05"; do n=$((n + 1)); [ $n -lt 600 ] || exit 1; sleep 0.1; done`
  inside(one, `sh -c "sleep 0.05 & exit"; ${wait}`)
})

test('a sandbox that was killed leaves a directory that the next one takes over', async () => {
  const found = findSandbox(two)
  assert.ok(found)
  process.kill(found.pid, 'SIGKILL')
  while (findSandbox(two) !== undefined) await new Promise((resume) => setTimeout(resume, 5))
  assert.equal((await startSandbox(two)).wasRunning, false)
  assert.match(inside(two, 'ip -br address show eth0'), /192\.0\.2\.10/)
})

test('a pid given to another process is not taken for the sandbox', () => {
  const root = join(base, 'stale')
  mkdirSync(join(root, 'sandbox'), { recursive: true })
  writeFileSync(join(root, 'sandbox/pid'), `${process.pid} 1\n`)
  assert.equal(findSandbox(root), undefined)
})

test('a directory with files of others is refused and left alone', async () => {
  const root = join(base, 'theirs')
  mkdirSync(root)
  writeFileSync(join(root, 'letter'), 'dear')
  await assert.rejects(startSandbox(root), { code: 'conflict' })
  await stopSandbox(root)
  assert.equal(readFileSync(join(root, 'letter'), 'utf8'), 'dear')
})

test('/ and /run are refused', async () => {
  await assert.rejects(startSandbox('/'), { code: 'invalid-argument' })
  await assert.rejects(startSandbox('/run/weft-sandbox'), { code: 'invalid-argument' })
})

test('stopping it leaves no process, no directory, and the host as before', async () => {
  assert.equal(await stopSandbox(one), 'stopped')
  assert.equal(await stopSandbox(two), 'stopped')
  assert.equal(await stopSandbox(two), 'not-running')
  assert.deepEqual([existsSync(one), existsSync(two)], [false, false])
  const processes = execFileSync('ps', ['ax', '-o', 'stat=,args='], { encoding: 'utf8' }).split('\n')
  assert.deepEqual(
    processes.filter((line) => line.includes(base) && !line.startsWith('Z')),
    [],
  )
  assert.deepEqual(host(), before)
})
