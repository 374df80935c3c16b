/** What guests hear from dnsmasq: every option of DHCP and every kind of record that a definition can have. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { NetworkSpec } from '../../src/core/network/spec.ts'
import { completeNetwork } from '../../src/core/network/draft.ts'
import { networkProblems } from '../../src/core/network/problems/problems.ts'
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import type { MacAddress } from '../../src/core/address/mac.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { plugGuest, startNetwork, stopNetworks } from '../support/guest-world.ts'
import { makeRoot, openRealApp, removeRoot, run, type RealApp } from '../support/real-app.ts'

const LAB = (tftp: string): string => `
name: lab
mode: isolated
mtu: 1400
domain: {name: lab.example, localOnly: true}
dns:
  txt: [{name: note, value: hello world}]
  srv: [{service: ldap, protocol: tcp, domain: lab.example, target: box.lab.example, port: 389}]
  hosts: [{ip: 10.5.0.77, names: [printer, copier]}]
addresses:
  - address: 10.5.0.1/24
    localPtr: true
    tftp: ${tftp}
    dhcp:
      range: {range: 10.5.0.100-10.5.0.199, lease: 30 minutes}
      hosts:
        - {mac: "52:54:00:00:01:0b", ip: 10.5.0.11, lease: 2 hours}
        - {name: byname, ip: 10.5.0.12}
      bootp: {file: pxelinux.0}
dnsmasq: ["cname=alias.lab.example,box.lab.example"]
`

let real: RealApp
let lab: NetworkSpec

before(async () => {
  real = openRealApp(makeRoot())
  mkdirSync(`${real.root}/tftp`)
  writeFileSync(`${real.root}/tftp/pxelinux.0`, 'boot me')
  const draft = await readNetworkDefinition(LAB(`${real.root}/tftp`))
  lab = completeNetwork(draft, {
    uuid: '927f4393-3e4e-4a94-9e42-67c4ebe45601',
    mac: '52:54:00:b8:c9:01' as MacAddress,
    bridgeName: 'virbr0' as InterfaceName,
  })
  assert.deepEqual(networkProblems(lab, []), [])
  await startNetwork(real.app, lab, [])
  await plugGuest(real.app, lab, [1, 'a'], { hostName: 'box' })
  await plugGuest(real.app, lab, [1, 'b'], {})
  await plugGuest(real.app, lab, [1, 'c'], { hostName: 'byname' })
  const script = '#!/bin/sh\necho ip=$ip mtu=$mtu lease=$lease file=$boot_file domain=$domain\n'
  writeFileSync(`${real.root}/show`, script, { mode: 0o755 })
})

after(async () => {
  await stopNetworks(real.app, [lab])
  real.close()
  removeRoot(real.root)
})

function lease(guest: string, ...more: string[]): string {
  const ask = ['udhcpc', '-i', 'eth0', '-n', '-q', '-f', '-t', '30', '-T', '1', '-s', `${real.root}/show`]
  const options = ['-O', 'mtu', '-O', 'bootfile', ...more]
  return run('ip', 'netns', 'exec', guest, 'busybox', ...ask, ...options)
}

function lookUp(...words: string[]): string {
  run('ip', 'netns', 'exec', 'lab-b', 'ip', 'address', 'replace', '10.5.0.11/24', 'dev', 'eth0')
  return run('ip', 'netns', 'exec', 'lab-b', 'busybox', 'nslookup', ...words, '10.5.0.1')
}

test('a lease has its time, the MTU, the domain and the boot file', () => {
  const said = lease('lab-a')
  assert.match(said, /ip=10\.5\.0\.1\d\d mtu=1400 lease=1800 .*domain=lab\.example/)
})

test('a reservation has its own time; one by name is for the guest of that name', () => {
  assert.match(lease('lab-b'), /ip=10\.5\.0\.11 mtu=1400 lease=7200/)
  assert.match(lease('lab-c'), /ip=10\.5\.0\.12 /)
})

test('a guest is its MAC: another client id gets the same address', () => {
  const address = (text: string): string | undefined => /ip=(\S+)/.exec(text)?.[1]
  const first = address(lease('lab-a', '-x', '0x3d:010203'))
  assert.ok(first !== undefined)
  assert.equal(address(lease('lab-a', '-x', '0x3d:0a0b0c')), first)
})

test('records of the definition are answered, with and without the domain, forward and reverse', () => {
  assert.match(lookUp('printer'), /10\.5\.0\.77/)
  assert.match(lookUp('copier.lab.example'), /10\.5\.0\.77/)
  assert.match(lookUp('-type=ptr', '77.0.5.10.in-addr.arpa'), /printer/)
  assert.match(lookUp('-type=txt', 'note'), /hello world/)
  assert.match(lookUp('-type=srv', '_ldap._tcp.lab.example'), /389 box\.lab\.example/)
  assert.match(lookUp('alias.lab.example'), /10\.5\.0\.1\d\d/)
})

test('files are fetched by TFTP', () => {
  const get = `cd ${real.root} && ip netns exec lab-b busybox tftp -g -r pxelinux.0 -l got 10.5.0.1 && cat got`
  assert.equal(run('sh', '-c', get), 'boot me')
})
