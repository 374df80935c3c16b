/** Stock virt-install, virt-clone and virt-xml against weftd: from a CD, with cloud-init's seed, copied, edited. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { prepareRescueIso } from '../../src/setup/rescue-iso.ts'
import { bootDisk } from '../support/boot-sector.ts'
import { newRoot, runProgram, startWeft, until, type Ran, type Weft } from './weft-process.ts'

let weft: Weft
/** Where virt-install sends what a host behind a URI is to boot: libvirt's package has the directory, this host perhaps not. */
let made: string | undefined

before(async () => {
  made = mkdirSync('/var/lib/libvirt/boot', { recursive: true })
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
  mkdirSync(at(''), { recursive: true })
})

after(async () => {
  if (made !== undefined) rmSync(made, { recursive: true })
  await weft.stop()
})

const at = (name: string): string => join(weft.root, 'srv', name)

function stock(program: string, ...words: string[]): Ran {
  const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  return runProgram([program, '--connect', uri, ...words], { LC_ALL: 'C', HOME: weft.root })
}

/** Must end with 0; answers what it printed. */
function ok(program: string, ...words: string[]): string {
  const { code, out, err } = stock(program, ...words)
  assert.equal(code, 0, `${program} ${words.join(' ')}: ${out}${err}`)
  return out
}

const COMMON = [
  ...['--memory', '64', '--osinfo', 'detect=on,require=off', '--graphics', 'none'],
  ...['--network', 'network=default', '--noautoconsole'],
]

/** QEMU may have closed it meanwhile. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}

/** Waits until the machine has said it on its serial line. */
async function hear(name: string, words: RegExp): Promise<void> {
  let heard = ''
  await until(async () => {
    const { out } = runProgram(
      ['timeout', '5', join(import.meta.dirname, '../../bin/weft'), 'vm', 'console', name],
      { WEFT_ROOT: weft.root },
    )
    heard += out
    return Promise.resolve(words.test(heard))
  }, 240_000)
}

test('from a CD: a volume is made, the ISO is found in a pool made for its directory, and the guest boots it', async () => {
  await prepareRescueIso(at(''))
  const words = ['--name', 'cd', '--cdrom', at('rescue.iso'), '--disk', 'size=1']
  assert.match(ok('virt-install', ...words, ...COMMON), /Domain is still running/)
  assert.match(ok('virsh', 'pool-list', '--all'), /^ srv +active +yes$/m)
  assert.match(ok('virsh', 'vol-list', 'srv'), /rescue\.iso/)
  assert.match(ok('virsh', 'domblklist', 'cd'), /cd\.qcow2[^]*rescue\.iso/)
  await hear('cd', /GNU GRUB|grub>/)
  ok('virsh', 'destroy', 'cd')
})

test('an image anywhere: imported, copied with its disk, edited', async () => {
  writeFileSync(at('hello.img'), bootDisk('hello from the image'))
  // QEMU's user is not root.
  chmodSync(at('hello.img'), 0o666)
  ok('virt-install', '--name', 'hello', '--import', '--disk', `${at('hello.img')},format=raw`, ...COMMON)
  await hear('hello', /hello from the image/)
  ok('virsh', 'destroy', 'hello')
  ok('virt-clone', '--original', 'hello', '--auto-clone')
  assert.match(ok('virsh', 'domblklist', 'hello-clone'), /hello-clone\.img/)
  assert.ok(readFileSync(at('hello-clone.img')).equals(readFileSync(at('hello.img'))))
  ok('virsh', 'start', 'hello-clone')
  await hear('hello-clone', /hello from the image/)
  ok('virsh', 'destroy', 'hello-clone')
  ok('virt-xml', 'hello', '--edit', '--vcpus', '3')
  ok('virt-xml', 'hello', '--add-device', '--disk', 'size=1,target.bus=virtio')
  const shown = weft.ok('vm', 'show', 'hello')
  assert.match(shown, /^CPUs: +3$/m)
  assert.match(ok('virsh', 'domblklist', 'hello'), /hello\.img[^]*hello\.qcow2/)
})

test("cloud-init's seed: in a CD of the machine that is made, and the firmware says so", async () => {
  writeFileSync(at('user-data'), '#cloud-config\nhostname: seeded\n')
  writeFileSync(at('seeded.img'), bootDisk('booted'))
  // Root's own: QEMU's user gets it, as libvirt's would.
  chmodSync(at('seeded.img'), 0o600)
  const words = ['--name', 'seeded', '--import', '--disk', `${at('seeded.img')},format=raw`]
  ok('virt-install', ...words, '--cloud-init', `user-data=${at('user-data')}`, ...COMMON)
  await hear('seeded', /booted/)
  const xml = ok('virsh', 'dumpxml', 'seeded')
  assert.match(xml, /<smbios mode='sysinfo'\/>/)
  assert.match(xml, /<entry name='serial'>ds=nocloud<\/entry>/)
  assert.match(xml, /<source file='[^']*cloudinit\.iso'/)
  const pid = readFileSync(`${weft.root}/run/weft/vms/seeded/qemu.pid`, 'utf8').trim()
  assert.match(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /type=1,serial=ds=nocloud/)
  // virt-install has removed the file again: the guest reads what QEMU has open.
  const files = readdirSync(`/proc/${pid}/fd`).map((number) => `/proc/${pid}/fd/${number}`)
  const seed = files.find((file) => targetOf(file).includes('cloudinit.iso'))
  assert.ok(seed !== undefined)
  assert.match(readFileSync(seed, 'latin1'), /hostname: seeded/)
  ok('virsh', 'destroy', 'seeded')
})
