/** Where a guest's address is known from, and how often this host is asked for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guestMac } from '../core/address/mac.ts'
import type { Neighbour } from '../core/host/neighbours.ts'
import { pathsUnder } from '../core/host/paths.ts'
import { knownAddresses } from './known-addresses.ts'
import type { App } from './ports.ts'

const WEB = { network: 'default', mac: guestMac([0, 0, 1]) }
const DB = { network: 'default', mac: guestMac([0, 0, 2]) }
const MAIL = { network: 'lab', mac: guestMac([0, 0, 3]) }

/** What is looked at is counted in `looks`. */
function hostWith(leases: Readonly<Record<string, string>>, neighbours: readonly Neighbour[]) {
  const looks: string[] = []
  const host = {
    readTextFile: (path: string) => {
      const name = /([^/]+)\.leases$/.exec(path)?.[1] ?? ''
      looks.push(name)
      return Promise.resolve(leases[name])
    },
    neighbours: () => {
      looks.push('neighbours')
      return Promise.resolve(neighbours)
    },
  }
  const app = { host, facts: { paths: pathsUnder('/') }, chance: { now: () => new Date(0) } }
  return { app: app as unknown as App, looks }
}

const met = (mac: string, ip: string): Neighbour => ({ mac, ip, interface: 'virbr0' })

test('a lease comes before whom this host has spoken to, and IPv4 before IPv6; what is only valid on the link is none', async () => {
  const { app } = hostWith({ default: `100 ${WEB.mac} 192.168.122.10 web *\n` }, [
    met(WEB.mac, '192.168.122.99'),
    met(DB.mac, 'fe80::1'),
    met(DB.mac, 'fd00::2'),
    met(DB.mac, '192.168.122.20'),
    met(DB.mac, '192.168.122.21'),
    met(MAIL.mac, 'fe80::2'),
  ])
  const addresses = knownAddresses(app)
  assert.deepEqual(await addresses(WEB), { ip: '192.168.122.10', ipSource: 'lease' })
  assert.deepEqual(await addresses(DB), { ip: '192.168.122.20', ipSource: 'arp' })
  assert.deepEqual(await addresses(MAIL), { ip: undefined, ipSource: undefined })
})

test('however many are looked for, each file of leases and the neighbours are read once', async () => {
  const { app, looks } = hostWith({}, [])
  const addresses = knownAddresses(app)
  const many = Array.from({ length: 100 }, () => [WEB, DB, MAIL]).flat()
  await Promise.all(many.map((nic) => addresses(nic)))
  assert.deepEqual(looks.sort(), ['default', 'lab', 'neighbours'])
})

test('nobody asks for the neighbours of guests that all have leases', async () => {
  const { app, looks } = hostWith({ lab: `100 ${MAIL.mac} 10.0.0.2 * *\n` }, [])
  await knownAddresses(app)(MAIL)
  assert.deepEqual(looks, ['lab'])
})
