/** Two machines from one cloud image: cloud-init in each makes of it somebody of its own, who lets in whoever has the key. */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { VmView } from '../../src/api/views.ts'
import { newRoot, PROJECT, startWeft, type Weft } from '../doors/weft-process.ts'
import { cloudImage } from '../support/cloud-image.ts'

const root = newRoot()
const key = join(root, 'key')
/** Python is slow without KVM, and a busy machine slower. */
const LIMIT = '600s'
let weft: Weft

before(async () => {
  const image = await cloudImage(root)
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ann@home', '-f', key])
  writeFileSync(join(root, 'user-data'), '#cloud-config\nruncmd:\n  - [touch, /told]\n', { mode: 0o600 })
  weft = await startWeft(root)
  weft.ok('net', 'start', 'default')
  const kernel = ['--kernel', image.kernel, '--initrd', image.initrd, '--append', image.append]
  for (const [name, ...more] of [['web'], ['db', '--user', 'ann', '--user-data', join(root, 'user-data')]]) {
    const words = ['--image', image.disk, '--disk', '4G', '--memory', '512M', '--net', 'default', ...kernel]
    weft.ok('vm', 'create', name ?? '', ...words, '--ssh-key', `${key}.pub`, ...more)
    weft.ok('vm', 'start', name ?? '')
  }
})

after(async () => {
  for (const name of ['web', 'db']) weft.run(['vm', 'delete', name, '--force'])
  await weft.stop()
})

/** Without holding up the other guest's wait. */
async function ask(...words: readonly string[]): Promise<string> {
  const env = { ...process.env, WEFT_ROOT: root, XDG_STATE_HOME: join(root, 'state') }
  const { stdout } = await promisify(execFile)(join(PROJECT, 'bin/weft'), words, { env })
  return stdout.trim()
}

const inGuest = (name: string, ...command: readonly string[]): Promise<string> =>
  ask('ssh', name, '-i', key, '--', ...command)
const show = (name: string): VmView => JSON.parse(weft.ok('vm', 'show', name, '--json')) as VmView

test("the seed is root's and readable for QEMU alone", () => {
  const { uid, gid } = statSync(join(root, 'run/weft/vms/db/seed'))
  assert.deepEqual([uid, statSync(join(root, 'run/weft/vms/db/seed')).mode & 0o777], [0, 0o750])
  const iso = statSync(join(root, 'run/weft/vms/db/seed/seed.iso'))
  assert.deepEqual([iso.uid, iso.gid, iso.mode & 0o777], [0, gid, 0o640])
})

test('user-data is shown to nobody', () => {
  assert.equal(show('db').cloudInit?.hasUserData, true)
  assert.doesNotMatch(readFileSync(join(root, 'run/weft/vms/db/live.json'), 'utf8'), /told/)
  assert.doesNotMatch(weft.ok('vm', 'show', 'db', '--json'), /told/)
  const changes = JSON.parse(weft.ok('history', '--json')) as { number: number }[]
  for (const { number } of changes)
    assert.doesNotMatch(weft.ok('diff', String(number), '--script'), /touch, \/told/)
})

test('both answer to ssh, at the addresses weft knows', async () => {
  const said = await Promise.all(
    ['web', 'db'].map((name) => ask('vm', 'wait', name, '--for', 'ssh', '--timeout', LIMIT)),
  )
  assert.deepEqual(
    said,
    ['web', 'db'].map((name) => `Machine ${name} answers to ssh: ${show(name).nics[0]?.ip ?? 'nowhere'}`),
  )
})

test('who has the key is let in: name, address and disk are as weft says, and sudo works', async () => {
  const said = await inGuest(
    'web',
    'hostname; ip -4 -o address show scope global; cat /sys/block/vda/size; whoami; sudo id -u',
  )
  const ip = show('web').nics[0]?.ip ?? 'nowhere'
  const [name, address, sectors, user, uid] = said.split('\n')
  assert.deepEqual([name, sectors, user, uid], ['web', String((4 * 2 ** 30) / 512), 'weft', '0'])
  assert.match(address ?? '', new RegExp(`inet ${ip.replaceAll('.', '\\.')}/24`))
})

test("somebody's own user-data does not keep out the key", async () => {
  const answer = await inGuest('db', 'whoami; until test -e /told; do sleep 1; done; hostname')
  assert.equal(answer, 'ann\ndb')
})

test('the two are two: another instance, other host keys, another address', async () => {
  const file = 'sudo cat /var/lib/cloud/data/instance-id; cat /etc/ssh/ssh_host_ed25519_key.pub'
  const [web, db] = await Promise.all([inGuest('web', file), inGuest('db', file)])
  const [[webId, webKey], [dbId, dbKey]] = [web.split('\n'), db.split('\n')]
  assert.deepEqual([webId, dbId], [show('web').uuid, show('db').uuid])
  assert.notEqual(webKey, dbKey)
  assert.notEqual(show('web').nics[0]?.ip, show('db').nics[0]?.ip)
  for (const { uuid } of [show('web'), show('db')])
    assert.ok(existsSync(join(root, 'state/weft/known-hosts', uuid)), uuid)
})

test('a block for ssh does what weft ssh does, and exit codes come back', async () => {
  const config = join(root, 'config')
  writeFileSync(config, await ask('ssh', 'web', '-i', key, '--config'))
  const { stdout } = await promisify(execFile)('ssh', ['-F', config, 'web', 'hostname'])
  assert.equal(stdout, 'web\n')
  await assert.rejects(inGuest('web', 'exit 7'), { code: 7 })
})

test('its end is waited for, and what it was waited for in vain is told', async () => {
  const ended = ask('vm', 'wait', 'db', '--for', 'shutdown', '--timeout', LIMIT)
  weft.ok('vm', 'kill', 'db')
  assert.equal(await ended, 'Machine db has shut down')
  const { code, err } = weft.run(['vm', 'wait', 'db', '--for', 'ssh'])
  assert.deepEqual([code, err.split('\n')[0]], [4, "weft: cannot wait for machine 'db': it is stopped"])
  const late = weft.run(['vm', 'wait', 'web', '--for', 'shutdown', '--timeout', '1s'])
  assert.deepEqual([late.code, late.err.split('\n')[0]], [1, "weft: machine 'web' still runs after 1 s"])
})
