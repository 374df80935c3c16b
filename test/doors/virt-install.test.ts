/** Stock virt-install against weftd: a machine over a disk that is there, on weft's network. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newRoot, runProgram, startWeft, type Ran, type Weft } from './weft-process.ts'

let weft: Weft

before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
})

after(() => weft.stop())

function stock(program: string, ...words: string[]): Ran {
  const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  return runProgram([program, '--connect', uri, ...words], { LC_ALL: 'C', HOME: weft.root })
}

test('a machine of an image that is there: it runs, and stays when it ends', () => {
  weft.ok('disk', 'create', 'old', '--size', '64M')
  const disk = `${weft.root}/var/lib/weft/disks/old.qcow2`
  const options = [
    '--name',
    'old',
    '--memory',
    '64',
    '--vcpus',
    '2',
    '--disk',
    disk,
    '--network',
    'network=default',
  ]
  const made = stock(
    'virt-install',
    '--import',
    ...options,
    ...['--osinfo', 'detect=on,require=off', '--graphics', 'vnc', '--noautoconsole'],
  )
  assert.equal(made.code, 0, made.err)
  assert.match(made.out, /Domain creation completed\./)
  const shown = weft.ok('vm', 'show', 'old')
  assert.match(shown, /^State: +running /m)
  assert.match(shown, /^Persistent: +yes$/m)
  assert.match(shown, /^CPUs: +2$/m)
  assert.match(shown, /disks\/old\.qcow2/)
  assert.equal(stock('virsh', 'destroy', 'old').code, 0)
  assert.match(stock('virsh', 'list', '--all').out, /- +old +shut off/)
})
