/** The control plane: networks and machines started and stopped by libvirtd, by weftd and by bare commands. */
import { call } from '../src/api/client.ts'
import { contest, type Contestant } from './contest.ts'
import { cpuGroup } from './cpu.ts'
import { benchLease } from './lease.ts'
import type { Libvirt } from './libvirt.ts'
import { keep, note } from './summary.ts'
import type { Weft } from './weft.ts'
import { makeNamespace, sh, until, writeFile } from './world.ts'

const networkXml = (name: string, bridge: string, subnet: string): string => `<network>
  <name>${name}</name>
  <forward mode='nat'/>
  <bridge name='${bridge}' stp='on' delay='0'/>
  <ip address='${subnet}.1' netmask='255.255.255.0'>
    <dhcp><range start='${subnet}.2' end='${subnet}.254'/></dhcp>
  </ip>
</network>
`

export const subnetOf = (index: number): string =>
  `10.${String(100 + Math.floor(index / 250))}.${String(index % 250)}`

export async function defineNetworks(weft: Weft, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const name = `net${String(index)}`
    const text = networkXml(name, `br${String(index)}`, subnetOf(index))
    await call(weft.connection, 'defineNetwork', { body: { text } })
  }
}

export async function benchNetworks(libvirt: Libvirt, weft: Weft, rounds: number): Promise<void> {
  writeFile('/tmp/weft-bench/net0.xml', networkXml('net0', 'br0', subnetOf(0)))
  await libvirt.virsh('net-define /tmp/weft-bench/net0.xml')
  await defineNetworks(weft, 1)
  await makeNamespace('bare')
  const params = { params: { name: 'net0' } }
  const found = await contest(
    'One NAT network',
    [
      {
        name: 'libvirt',
        cpu: libvirt.cpu,
        operations: [
          ['net start', () => libvirt.virsh('net-start net0')],
          ['net stop', () => libvirt.virsh('net-destroy net0')],
        ],
      },
      {
        name: 'weft',
        cpu: weft.cpu,
        operations: [
          ['net start', () => call(weft.connection, 'startNetwork', params)],
          ['net stop', () => call(weft.connection, 'stopNetwork', params)],
        ],
      },
      bareNetwork(),
    ],
    rounds,
  )
  for (const operation of ['net start', 'net stop']) {
    const [theirs, ours] = [found(operation, 'libvirt'), found(operation, 'weft')]
    note(`${operation}, wall`, ours.wallMs / theirs.wallMs, "0.2x libvirt's")
    note(`${operation}, CPU`, ours.cpuMs / theirs.cpuMs, "0.2x libvirt's")
    keep(`libvirt's first ${operation}`, theirs.cpuMs)
  }
}

/** What a person would type, in as few processes as it takes. */
function bareNetwork(): Contestant {
  const cpu = cpuGroup('bare')
  const inside = `${cpu.enter} ip netns exec bare`
  writeFile(
    '/tmp/weft-bench/bare.conf',
    'no-resolv\nexcept-interface=lo\nbind-interfaces\ninterface=br0\ndhcp-range=10.100.0.2,10.100.0.254\npid-file=/tmp/weft-bench/bare.pid\ndhcp-leasefile=/tmp/weft-bench/bare.leases\nuser=nobody\n',
  )
  writeFile(
    '/tmp/weft-bench/bare.nft',
    `table inet bare {
  chain forward { type filter hook forward priority 0; ct state established,related accept; iifname br0 accept; oifname br0 reject; }
  chain postrouting { type nat hook postrouting priority 100; ip saddr 10.100.0.0/24 ip daddr != 10.100.0.0/24 masquerade; }
}
`,
  )
  const up =
    'printf "link add br0 type bridge stp_state 1\\naddr add 10.100.0.1/24 dev br0\\nlink set br0 up\\n" | ip -batch - && nft -f /tmp/weft-bench/bare.nft && dnsmasq --conf-file=/tmp/weft-bench/bare.conf'
  const down = 'kill $(cat /tmp/weft-bench/bare.pid); nft delete table inet bare; ip link del br0'
  return {
    name: 'bare',
    cpu,
    operations: [
      ['net start', () => sh(`${inside} bash -c '${up}'`)],
      ['net stop', () => sh(`${inside} bash -c '${down}'`)],
    ],
  }
}

/** Both answer once QEMU has answered QMP; the bare one once it has daemonized, when its socket listens. */
const VM_START = 'vm start until QEMU answers'

const domainXml = `<domain type='qemu'>
  <name>vm0</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices><interface type='network'><source network='net0'/><model type='virtio'/></interface><serial type='pty'/></devices>
</domain>
`

export async function benchMachines(libvirt: Libvirt, weft: Weft, rounds: number): Promise<void> {
  writeFile('/tmp/weft-bench/vm0.xml', domainXml)
  await libvirt.virsh('define /tmp/weft-bench/vm0.xml')
  await libvirt.virsh('net-start net0')
  await call(weft.connection, 'startNetwork', { params: { name: 'net0' } })
  await call(weft.connection, 'createVm', {
    body: { name: 'vm0', memoryMiB: 128, nets: ['net0'], accelerator: 'tcg' },
  })
  // libvirt's dnsmasq runs since the network's start; with another guest plugged in, weft's does too.
  await makeNamespace('neighbour')
  await call(weft.connection, 'addPort', { params: { name: 'net0' }, body: { netns: 'neighbour' } })
  const params = { params: { name: 'vm0' } }
  const found = await contest(
    'One machine (q35, 128 MiB, a NIC on a NAT network)',
    [
      {
        name: 'libvirt',
        cpu: libvirt.cpu,
        operations: [
          [VM_START, () => libvirt.virsh('start vm0')],
          ['vm kill', () => libvirt.virsh('destroy vm0')],
        ],
      },
      {
        name: 'weft',
        cpu: weft.cpu,
        operations: [
          [VM_START, () => call(weft.connection, 'startVm', params)],
          ['vm kill', () => call(weft.connection, 'killVm', params)],
        ],
      },
      bareMachine(),
    ],
    rounds,
  )
  for (const [operation, goal] of [
    [VM_START, "0.25x libvirt's"],
    ['vm kill', "0.15x libvirt's"],
  ] as const) {
    const [theirs, ours] = [found(operation, 'libvirt'), found(operation, 'weft')]
    note(`${operation}, wall`, ours.wallMs / theirs.wallMs, goal)
    // Ending a process costs libvirtd waiting, not work.
    note(`${operation}, CPU`, ours.cpuMs / theirs.cpuMs, operation === VM_START ? goal : '-')
  }
  await benchLease(libvirt, weft)
  await call(weft.connection, 'stopNetwork', { params: { name: 'net0' }, query: { force: true } })
  await libvirt.virsh('net-destroy net0')
}

/** The bare exec, daemonized, and SIGKILL. */
function bareMachine(): Contestant {
  const cpu = cpuGroup('bare-vm')
  const args =
    '-machine q35,accel=tcg -m 128 -nodefaults -display none -serial null -daemonize -pidfile /tmp/weft-bench/bare-vm.pid -qmp unix:/tmp/weft-bench/bare-vm.sock,server=on,wait=off'
  const isGone = async (): Promise<boolean> =>
    (await sh('kill -0 $(cat /tmp/weft-bench/bare-vm.pid) 2>/dev/null && echo there || true')) === ''
  return {
    name: 'bare',
    cpu,
    operations: [
      [VM_START, () => sh(`rm -f /tmp/weft-bench/bare-vm.*; ${cpu.enter} qemu-system-x86_64 ${args}`)],
      [
        'vm kill',
        async () => {
          await sh('kill -9 $(cat /tmp/weft-bench/bare-vm.pid)')
          await until('the bare QEMU', isGone)
        },
      ],
    ],
  }
}
