/** When dnsmasq is started, told, restarted and stopped. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InterfaceName } from '../../address/interface-name.ts'
import type { Ipv4Address } from '../../address/ipv4.ts'
import type { MacAddress } from '../../address/mac.ts'
import { dnsmasqFiles, networkPortFile } from '../../host/paths.ts'
import type { Step } from '../../plan/plan.ts'
import { formatDnsmasqConf } from './dnsmasq-conf.ts'
import { hostsLines, namesLines, optionLines } from './dnsmasq-hosts.ts'
import { seenRunning } from '../golden-case.ts'
import { GOLDEN_CASES } from '../golden-cases.ts'
import { isSwitched } from '../ips.ts'
import { planDnsmasq } from './plan-dnsmasq.ts'
import type { PortSpec } from '../port.ts'
import type { SeenHost } from '../seen.ts'
import { NETWORK_FACTS as facts } from '../../../../test/support/golden.ts'

const golden = GOLDEN_CASES.find(({ name }) => name === 'reservations') ?? assert.fail()
const network = isSwitched(golden.wanted) ? golden.wanted : assert.fail()
const [web, box] = golden.ports as [PortSpec, PortSpec]
const files = dnsmasqFiles(facts.paths, network.name)

/** The network runs, with dnsmasq told about these ports. */
function serving(ports: readonly PortSpec[]): SeenHost {
  const seen = seenRunning([network], facts)
  const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')
  const told: [string, string][] = [
    [files.conf, formatDnsmasqConf(network, facts)],
    [files.hosts, lines(hostsLines(network, ports, []))],
    [files.names, lines(namesLines(network, ports))],
    [files.options, lines(optionLines(network, 1500))],
  ]
  return { ...seen, files: new Map([...seen.files, ...told]), dnsmasqRunning: new Set([network.name]) }
}

function deeds(ports: readonly PortSpec[], seen: SeenHost): string[] {
  return planDnsmasq(network, ports, seen, facts).steps.map(describe)
}

function describe({ do: action }: Step): string {
  if (action.kind === 'write' || action.kind === 'remove')
    return `${action.kind} ${action.path.split('/').at(-1) ?? ''}`
  return action.kind === 'signal' ? `signal ${action.signal}` : action.kind
}

test('a network without a port needs none', () => {
  assert.deepEqual(deeds([], seenRunning([network], facts)), [])
})

test('the first port starts it, when all it reads is there', () => {
  assert.deepEqual(deeds([web], seenRunning([network], facts)), [
    'write dnsmasq.conf',
    'write dnsmasq.hosts',
    'write dnsmasq.names',
    'write dnsmasq.options',
    'mkdir',
    'run',
  ])
})

test('all as wanted: nothing to do', () => {
  assert.deepEqual(deeds([web, box], serving([box, web])), [])
})

test('another port is told by a signal, and nobody is cut off', () => {
  assert.deepEqual(deeds([web, box], serving([web])), [
    'signal HUP',
    'write dnsmasq.hosts',
    'write dnsmasq.names',
    'signal HUP',
  ])
})

test('a guest nothing is known of in advance needs not even that', () => {
  const stranger = {
    network: 'lab',
    interface: 'vnet9' as InterfaceName,
    mac: '52:54:00:00:00:99' as MacAddress,
  }
  assert.deepEqual(deeds([web, stranger], serving([web])), [])
})

test('its way out carries less than before: told by a signal, and nobody is cut off', () => {
  const seen = serving([web])
  const uplink = { ...(seen.links[0] ?? assert.fail()), name: 'eth0' as InterfaceName, mtu: 1400 }
  const everything = { address: '0.0.0.0' as Ipv4Address, prefix: 0 }
  const route = {
    destination: everything,
    device: uplink.name,
    table: 'main',
    gateway: undefined,
    metric: undefined,
  }
  assert.deepEqual(deeds([web], { ...seen, links: [...seen.links, uplink], routes: [route] }), [
    'signal HUP',
    'write dnsmasq.options',
    'signal HUP',
  ])
})

test('it has died: started again', () => {
  assert.deepEqual(deeds([web], { ...serving([web]), dnsmasqRunning: new Set() }), ['mkdir', 'run'])
})

test('the last port stops it, and its files go', () => {
  assert.deepEqual(deeds([], serving([web])), [
    'signal TERM',
    'remove dnsmasq.options',
    'remove dnsmasq.names',
    'remove dnsmasq.hosts',
    'remove dnsmasq.conf',
  ])
})

test('a port whose namespace has gone is forgotten', () => {
  const seen = serving([])
  const note = networkPortFile(facts.paths, network.name, box.interface)
  const noted = { ...seen, files: new Map([...seen.files, [note, JSON.stringify(box)] as const]) }
  assert.equal(deeds([], noted)[0], 'remove vport0.json')
})

test("a reservation's word goes before a port's", () => {
  const printer: PortSpec = { ...web, mac: '52:54:00:00:00:07' as MacAddress, hostName: 'other' }
  assert.deepEqual(hostsLines(network, [printer, box], []), [
    '52:54:00:00:00:07,192.168.150.7,printer',
    '52:54:00:00:00:08,scanner',
    '52:54:00:00:00:0b,192.168.150.20,box',
  ])
})
