/**
 * Gives back a lease as dhcp_release(1) does, which most hosts do not have: with the packet the guest itself would send. Sent to the
 * network's broadcast address, the kernel hands it to dnsmasq as if it had come from the bridge; guests do not listen for such.
 */
import { createSocket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import { WeftError } from '../core/errors.ts'
import type { ReleaseAction } from '../core/plan/action.ts'
import { renderHeadline } from '../core/plan/render.ts'
import { readText } from './process-table.ts'

const SERVER_PORT = 67
/** Mostly it takes a few ms; a host with much to do may let dnsmasq wait. */
const LIMIT_MS = 15_000
const PAUSE_MS = 5
/** The packet may be lost where dnsmasq was just busy. */
const RESEND_MS = 500

/** Done when the lease is in dnsmasq's file no more. */
export async function releaseLease(action: ReleaseAction): Promise<void> {
  const from = performance.now()
  for (let sent = 0; await hasLease(action);) {
    const waited = performance.now() - from
    if (waited > LIMIT_MS) throw notReleased(action)
    if (waited >= sent * RESEND_MS) {
      await send(action)
      sent += 1
    }
    await sleep(PAUSE_MS)
  }
}

/** dnsmasq empties the file before it writes it anew: what is not there at one look is looked for again. */
async function hasLease(action: ReleaseAction): Promise<boolean> {
  if (isWritten(action)) return true
  await sleep(PAUSE_MS)
  return isWritten(action)
}

function isWritten({ leaseFile, ip, mac }: ReleaseAction): boolean {
  return readText(leaseFile)?.includes(` ${mac} ${ip} `) === true
}

function send(action: ReleaseAction): Promise<void> {
  const socket = createSocket('udp4')
  return new Promise((resolve, reject) => {
    const end = (error: Error | null): void => {
      socket.close()
      if (error === null) resolve()
      else reject(error)
    }
    socket.once('error', end)
    // From the bridge's own address: out of the bridge, whatever routes there are.
    socket.bind(0, action.server, () => {
      socket.setBroadcast(true)
      socket.send(formatRelease(action), SERVER_PORT, action.broadcast, end)
    })
  })
}

/** RFC 2131: who it is (12: the address, 28: the MAC), and in the options: a release (53), for this server (54). */
export function formatRelease({ ip, mac, server }: ReleaseAction): Buffer {
  const packet = Buffer.alloc(300)
  packet.set([1, 1, 6])
  packet.set(quad(ip), 12)
  packet.set(Buffer.from(mac.replaceAll(':', ''), 'hex'), 28)
  packet.set([99, 130, 83, 99, 53, 1, 7, 54, 4, ...quad(server), 255], 236)
  return packet
}

const quad = (address: string): number[] => address.split('.').map(Number)

function notReleased(action: ReleaseAction): WeftError {
  return new WeftError('timeout', `dnsmasq has not given up the lease of ${action.ip}`, {
    details: [
      ['ran', renderHeadline(action)],
      ['it said', `the lease is still in ${action.leaseFile} after ${String(LIMIT_MS)} ms`],
    ],
  })
}
