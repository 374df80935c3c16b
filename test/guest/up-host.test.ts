/** `weft up` and `weft down` on a host of its own: overlays make a copy of /etc and /var that can be changed and thrown away. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

const launcher = join(import.meta.dirname, '../../weft')
/** Of this run alone: others may be on this machine. */
const layers = mkdtempSync('/var/tmp/weft-up-host-test-')
const COPIED = ['etc', 'var/lib']

const sh = (script: string): string => execFileSync('sh', ['-ec', script], { encoding: 'utf8' })

/** This file runs in a mount namespace of its own, so nobody else sees these mounts. */
before(() => {
  sh(`mount -t tmpfs tmpfs ${layers}`)
  for (const folder of COPIED) {
    const [upper, work] = [`${layers}/${folder}/upper`, `${layers}/${folder}/work`]
    sh(`mkdir -p ${upper} ${work}
        mount -t overlay overlay -o lowerdir=/${folder},upperdir=${upper},workdir=${work} /${folder}`)
  }
  sh(`mount -t tmpfs tmpfs /run
      mkdir /run/netns
      mknod -m 666 /run/tun c 10 200
      mount --bind /run/tun /dev/net/tun
      ip link add eth0 type veth peer name wire
      ip address add 192.0.2.10/24 dev eth0
      ip link set eth0 up
      ip link set wire up
      ip route add default via 192.0.2.1`)
})

after(() => {
  weft('down')
  sh(`cd / && umount -l /run /var/lib /etc ${layers}`)
  rmSync(layers, { recursive: true, force: true })
})

function weft(...words: string[]): SpawnSyncReturns<string> {
  return spawnSync(launcher, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

const accounts = (): string => readFileSync('/etc/passwd', 'utf8') + readFileSync('/etc/group', 'utf8')
const state = (): string =>
  sh('ip -br -4 address; ip route; nft list ruleset; cat /proc/sys/net/ipv4/ip_forward')

test('up makes the users, the network and a machine that has an address', () => {
  const { status, stdout, stderr } = weft('up', '--yes')
  assert.equal(status, 0, stdout + stderr)
  assert.match(accounts(), /^weft-qemu:/m)
  assert.match(stdout, /│ {2}eth0 {2}192\.0\.2\.10\/24/)
  assert.match(stdout, /first {2}192\.168\.122\.\d+/)
})

test('QEMU runs as the user that was made for it', () => {
  assert.match(sh('ps ax -o user:20=,args='), /^weft-qemu\s+qemu-system-x86_64 .*guest=first/m)
})

test('down takes back users, machine, network, weftd and files', () => {
  const { status, stdout, stderr } = weft('down')
  assert.equal(status, 0, stdout + stderr)
  assert.doesNotMatch(accounts(), /weft/)
  assert.doesNotMatch(sh('ps ax -o stat=,args= | grep -v ^Z'), /qemu-system|dnsmasq|weftd/)
  assert.deepEqual(
    ['/etc/weft', '/var/lib/weft', '/run/weft'].filter((path) => existsSync(path)),
    [],
  )
})

test('what people have made since stays, and weftd with it', () => {
  const before = state()
  assert.equal(weft('up', '--yes').status, 0)
  writeFileSync('/run/lab.xml', "<network><name>lab</name><ip address='10.20.0.1' prefix='24'/></network>")
  assert.equal(weft('net', 'define', '/run/lab.xml').status, 0)
  assert.equal(weft('net', 'start', 'lab').status, 0)
  const kept = weft('down')
  assert.equal(kept.status, 0)
  assert.match(kept.stdout, /stays: network lab/)
  assert.equal(weft('net', 'stop', 'lab').status, 0)
  assert.match(weft('down').stdout, /weftd +ended/)
  assert.ok(readdirSync('/etc/weft/networks').includes('lab.json'))
  assert.equal(state(), before)
})

test('a step that fails is told, and what was done before is taken back', () => {
  const before = state()
  rmSync('/etc/weft', { recursive: true })
  mkdirSync('/var/lib/weft/guest-image', { recursive: true })
  // No kernel: an image that is a directory where a file must be.
  mkdirSync('/var/lib/weft/guest-image/vmlinuz', { recursive: true })
  const { status, stdout, stderr } = weft('up', '--yes')
  assert.equal(status, 1)
  assert.match(stdout, /taken back: weftd ended/)
  assert.match(stderr, /^weft: /)
  assert.doesNotMatch(accounts(), /weft-qemu/)
  assert.equal(state(), before)
})
