/** What ports carry, as people read it: rates from two counts, a cable that is out, a bad cable. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PortDetailView } from '../../api/views.ts'
import { formatLine, readLine } from '../capture-output.ts'
import { formatPort, formatPortList, formatRates, ratePorts } from './traffic.ts'

const wide = { width: undefined }

function port(second: number, received: number, more: Partial<PortDetailView> = {}): PortDetailView {
  return {
    interface: 'vnet0',
    network: 'default',
    mac: '52:54:00:00:00:01',
    owner: 'machine web',
    ip: '192.168.122.31',
    name: 'web',
    state: 'forwarding',
    link: 'up',
    traffic: {
      at: `2026-11-21T20:00:0${String(second)}.000Z`,
      received: { bytes: received, packets: received / 1000, drops: second },
      sent: { bytes: 0, packets: 0, drops: 0 },
    },
    impairment: { delayMs: 0, lossPercent: 0, rateBits: 0 },
    impairmentFromGuest: { delayMs: 0, lossPercent: 0, rateBits: 0 },
    ...more,
  }
}

test('rates are what came between two counts, by their own clock', () => {
  const [rated] = ratePorts([port(1, 0)], [port(3, 500_000)])
  assert.deepEqual(rated?.rates, {
    received: { bits: 2_000_000, packets: 250, drops: 1 },
    sent: { bits: 0, packets: 0, drops: 0 },
  })
  assert.equal(
    formatRates([rated], false, wide).split('\n')[2],
    ' vnet0       machine web   2 Mbit/s   250      0       0        1',
  )
})

test('the first look, a new port and one that was made anew have no rates', () => {
  assert.equal(ratePorts([], [port(1, 5)])[0]?.rates, null)
  assert.equal(ratePorts([port(1, 5, { interface: 'vnet9' })], [port(2, 6)])[0]?.rates, null)
  assert.equal(ratePorts([port(1, 500)], [port(2, 6)])[0]?.rates, null)
  assert.equal(ratePorts([port(1, 500, { traffic: null })], [port(2, 600)])[0]?.rates, null)
})

test('a cable that is out and a bad one are seen at once', () => {
  const bad = port(1, 2048, { impairment: { delayMs: 80, lossPercent: 1, rateBits: 10_000_000 } })
  assert.match(
    formatPortList([bad], false, wide),
    /forwarding, 80 ms late, 1 % lost, at most 10 Mbit\/s   2 KiB/,
  )
  const slow = port(1, 2048, { impairmentFromGuest: { delayMs: 0, lossPercent: 0, rateBits: 5_000_000 } })
  assert.match(formatPortList([slow], false, wide), /forwarding, from it at most 5 Mbit\/s   2 KiB/)
  assert.match(formatPort(slow), /^From guest: +at most 5 Mbit\/s$/m)
  const out = port(1, 0, { link: 'down', state: 'disabled' })
  assert.match(formatPortList([out], true, wide), /^ default +vnet0 .* link down /m)
  assert.match(formatPort(out), /^Link: +down: its cable is out$/m)
  assert.match(formatRates(ratePorts([], [out]), false, wide), /link down/)
})

test('a look at the speeds fits into 80 columns', () => {
  const busy = { bits: 123_000_000, packets: 99_999, drops: 0 }
  const text = formatRates([{ ...port(1, 0), rates: { received: busy, sent: busy } }], false, wide)
  assert.ok(
    text.split('\n').every((line) => line.length <= 81),
    text,
  )
})

test('a line of tcpdump keeps its microseconds, and is printed with the time of day', () => {
  const line = '1795290355.000481 IP 10.0.0.1 > 10.0.0.2: ICMP echo reply'
  assert.deepEqual(readLine(line), {
    time: '2026-11-21T19:45:55.000481Z',
    packet: 'IP 10.0.0.1 > 10.0.0.2: ICMP echo reply',
  })
  assert.match(formatLine(line), /^\d\d:\d\d:55\.000 IP 10/)
  const tcp =
    '1795290355.000481 IP a.9 > b.80: Flags [S], seq 1, win 9, options [mss 1460,nop,wscale 4], length 0'
  assert.match(formatLine(tcp), /Flags \[S\], seq 1, win 9, length 0$/)
})
