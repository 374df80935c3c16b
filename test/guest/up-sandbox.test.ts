/** `weft up --sandbox`, as the README shows it: two guests, proofs, and nothing left afterwards. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'

const base = mkdtempSync('/var/tmp/weft-up-test-')
// QEMU runs as somebody else, and must get at the kernel in there.
chmodSync(base, 0o755)
const root = join(base, 'sandbox')
const launcher = join(import.meta.dirname, '../../weft')

function weft(...words: string[]): SpawnSyncReturns<string> {
  return spawnSync(launcher, words, { encoding: 'utf8', env: { ...process.env, WEFT_SANDBOX: root } })
}

after(() => {
  weft('down', '--sandbox')
  rmSync(base, { recursive: true, force: true })
})

const linksBefore = execFileSync('ip', ['-br', 'link'], { encoding: 'utf8' })

test('it ends with guests that booted, have leases, find each other, and reach the outside through NAT', () => {
  const { status, stdout, stderr } = weft('up', '--sandbox')
  assert.equal(status, 0, stdout + stderr)
  const claims = stdout.split('\n').filter((line) => /^[✔✘]/.test(line))
  assert.deepEqual(
    claims.map((line) => line.replace(/ \(.*/, '')),
    [
      '✔ first has booted',
      '✔ first has the address it was leased',
      '✔ first finds second by name',
      '✔ first reaches the outside through NAT',
      '✔ the outside cannot open a connection to first',
    ],
  )
  assert.match(stdout, /vnet0 ─+┼── .*first {2}192\.168\.122\.\d+/)
  assert.ok(
    stdout.split('\n').every((line) => line.length <= 130),
    'lines fit a terminal',
  )
})

test('the same command again finds everything as it is', () => {
  const before = weft('--sandbox', 'history', '--json').stdout
  const { status, stdout } = weft('up', '--sandbox')
  assert.equal(status, 0, stdout)
  assert.equal(weft('--sandbox', 'history', '--json').stdout, before)
})

test('nothing of it is seen on this host', () => {
  assert.equal(execFileSync('ip', ['-br', 'link'], { encoding: 'utf8' }), linksBefore)
  assert.equal(execFileSync('nft', ['list', 'ruleset'], { encoding: 'utf8' }), '')
})

test('what the words to type next say is true', () => {
  const ip = /first has (\S+)/.exec(weft('up', '--sandbox').stdout)?.[1] ?? ''
  const reached = weft('sandbox', 'exec', '--', 'busybox', 'wget', '-qO-', ip)
  assert.equal(reached.stdout.trim(), 'hello from first')
  assert.match(weft('--sandbox', 'net', 'leases', 'default').stdout, new RegExp(`${ip}.* first `))
})

test('weft down leaves no process and no file', () => {
  const { status } = weft('down', '--sandbox')
  assert.equal(status, 0)
  assert.equal(existsSync(root), false)
  const processes = execFileSync('ps', ['ax', '-o', 'stat=,args='], { encoding: 'utf8' }).split('\n')
  assert.deepEqual(
    processes.filter((line) => line.includes(root) && !line.startsWith('Z')),
    [],
  )
})
