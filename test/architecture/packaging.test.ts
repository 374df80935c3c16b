/** The units and snippets that a package installs are ones that systemd understands. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { PROJECT, readProjectFile } from './source-tree.ts'

const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0
const directory = mkdtempSync(join(tmpdir(), 'weft-units-'))
after(() => {
  rmSync(directory, { recursive: true })
})

test('systemd-analyze finds nothing wrong with the units', { skip: !has('systemd-analyze') }, () => {
  cpSync(join(PROJECT, 'packaging/systemd'), directory, { recursive: true })
  const service = join(directory, 'weftd.service')
  // weftd is not installed where the tests run, and verify wants to see the program.
  writeFileSync(service, readFileSync(service, 'utf8').replace('/usr/bin/weftd', '/bin/true'))
  const verified = spawnSync(
    'systemd-analyze',
    ['verify', '--man=no', service, join(directory, 'weftd.socket'), join(directory, 'weft-guard.service')],
    { encoding: 'utf8' },
  )
  assert.deepEqual([verified.status, verified.stderr], [0, ''])
})

test('systemd-sysusers would create the user and the group', { skip: !has('systemd-sysusers') }, () => {
  const root = join(directory, 'root')
  cpSync(join(PROJECT, 'packaging/sysusers.d'), join(root, 'usr/lib/sysusers.d'), { recursive: true })
  mkdirSync(join(root, 'etc'))
  execFileSync('systemd-sysusers', [`--root=${root}`], { stdio: 'pipe' })
  assert.match(readFileSync(join(root, 'etc/passwd'), 'utf8'), /^weft-qemu:x:\d+:\d+:/m)
  assert.match(readFileSync(join(root, 'etc/group'), 'utf8'), /^weft:x:\d+:$/m)
})

test('systemd-tmpfiles would make the directories', { skip: !has('systemd-tmpfiles') }, () => {
  const conf = join(PROJECT, 'packaging/tmpfiles.d/weft.conf')
  execFileSync('systemd-tmpfiles', ['--create', `--root=${join(directory, 'root')}`, conf], { stdio: 'pipe' })
})

test('guests and dnsmasq outlive the service', () => {
  const service = readProjectFile('packaging/systemd/weftd.service')
  assert.match(service, /^KillMode=process$/m)
  assert.match(service, /^RuntimeDirectoryPreserve=yes$/m)
})
