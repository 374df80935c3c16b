/** Stock virt-install against weftd: a machine over a disk that is there, on weft's network, and machines that boot an installer's kernel. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { host, newRoot, runProgram, startWeft, type Ran, type Weft } from './weft-process.ts'

let weft: Weft

before(async () => {
  mkdirSync('/run/libvirt')
  // An installer's kernel goes to /var/lib/libvirt/boot: here of this test's world alone.
  for (const name of ['upper', 'work']) mkdirSync(`/run/${name}`)
  const layers = 'lowerdir=/var/lib,upperdir=/run/upper,workdir=/run/work'
  host('mount', '-t', 'overlay', 'overlay', '-o', layers, '/var/lib')
  // To virt-install a host behind any other socket is another host.
  weft = await startWeft(newRoot(), ['--libvirt-socket', '/run/libvirt/libvirt-sock'])
  weft.ok('net', 'start', 'default')
})

after(() => weft.stop())

function stock(program: string, ...words: string[]): Ran {
  return runProgram([program, '--connect', 'qemu:///system', ...words], { LC_ALL: 'C', HOME: weft.root })
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

/** As much of a kernel as QEMU looks at before it loads one. */
function kernelFile(): Buffer {
  const kernel = Buffer.alloc(16 * 1024)
  kernel[0x1f1] = 1
  kernel.write('HdrS', 0x202)
  kernel.writeUInt16LE(0x0206, 0x206)
  // How high an initrd may lie.
  kernel.writeUInt32LE(0x37ffffff, 0x22c)
  return kernel
}

test('an installer from a tree and from an ISO: its kernel is there for the first start alone', () => {
  const tree = join(weft.root, 'tree')
  mkdirSync(tree)
  writeFileSync(join(tree, 'linux'), kernelFile())
  writeFileSync(join(tree, 'initrd.img'), 'nothing')
  const images = '[images-x86_64]\nkernel = linux\ninitrd = initrd.img\n'
  writeFileSync(join(tree, '.treeinfo'), `[general]\narch = x86_64\nfamily = Test\nversion = 1\n${images}`)
  const iso = join(weft.root, 'installer.iso')
  host('xorriso', '-as', 'mkisofs', '-quiet', '-J', '-R', '-o', iso, tree)
  const locations = { tree, cd: `${iso},kernel=linux,initrd=initrd.img` }
  for (const [name, location] of Object.entries(locations)) {
    weft.ok('disk', 'create', name, '--size', '16M')
    const made = stock(
      ...['virt-install', '--name', name, '--memory', '64', '--osinfo', 'detect=on,require=off'],
      ...['--location', location, '--extra-args', 'console=ttyS0', '--network', 'network=default'],
      ...['--disk', `${weft.root}/var/lib/weft/disks/${name}.qcow2`, '--graphics', 'none'],
      ...['--noreboot', '--noautoconsole'],
    )
    assert.equal(made.code, 0, `${made.out}${made.err}`)
    const now = stock('virsh', 'dumpxml', name).out
    assert.match(now, /<kernel>.*linux<\/kernel>\s*<initrd>.*<\/initrd>\s*<cmdline>console=ttyS0/)
    assert.doesNotMatch(stock('virsh', 'dumpxml', '--inactive', name).out, /<kernel>/)
    assert.equal(stock('virsh', 'destroy', name).code, 0)
  }
})
