/** What `weft doctor --probe` tries: pings, one question for a name, one for an address. Nothing of it goes beyond the links of this host. */
import { createSocket, type Socket } from 'node:dgram'
import { randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { ProbeOrder } from '../app/doctor-ports.ts'
import { discover, isAnswer, readOffer, versionQuestion, type Offer } from '../core/doctor/probe-packets.ts'
import type { Probed } from '../core/doctor/sight.ts'
import { runCommand } from './run-command.ts'

export async function probe({ pings, names, offers }: ProbeOrder): Promise<Probed> {
  const [pinged, answered, offered] = await Promise.all([
    Promise.all(pings.map(async (address) => [address, await ping(address)] as const)),
    Promise.all(names.map(async ([network, address]) => [network, await askName(address)] as const)),
    askAddresses(offers),
  ])
  return {
    pings: new Map(pinged.flatMap(([address, said]) => (said === undefined ? [] : [[address, said]]))),
    names: new Map(answered),
    offers: offered,
  }
}

/** Whichever ping there is; three times, since the first may be lost while its MAC is looked for. */
const PING = 'p=$(command -v ping) || p="busybox ping"; for n in 1 2 3; do $p -c 1 -W 2 "$1" && exit 0; done'

/** Undefined: there is no ping here. */
async function ping(address: string): Promise<boolean | undefined> {
  const argv = ['sh', '-c', `${PING}; [ $? = 127 ] && exit 127; exit 1`, 'ping', address] as const
  const { exitCode } = await runCommand([...argv], { accept: [1, 127] })
  return exitCode === 127 ? undefined : exitCode === 0
}

const TRIES = 3
const PATIENCE_MS = 1500
/** How long somebody else has, after the first, to offer an address too: many look for three seconds whether it is free. */
const RIVALS_MS = 3500

async function askName(address: string): Promise<boolean> {
  const number = randomInt(0x10000)
  const socket = createSocket('udp4')
  try {
    const heard = new Promise<true>((resolve) => {
      socket.on('message', (bytes) => {
        if (isAnswer(bytes, number)) resolve(true)
      })
    })
    // A refusal is an answer that is none.
    socket.on('error', () => undefined)
    return await repeat(() => send(socket, versionQuestion(number), 53, address), heard)
  } finally {
    socket.close()
  }
}

/**
 * All who offer one, this host's own dnsmasq among them; of all networks at once, as one socket hears them. What is sent to everybody on a
 * link is heard by its sender as well. Empty where a DHCP client has the port to itself.
 */
async function askAddresses(networks: ProbeOrder['offers']): Promise<Map<string, readonly Offer[]>> {
  const ears = createSocket({ type: 'udp4', reuseAddr: true })
  // One for each network.
  ears.setMaxListeners(0)
  try {
    if (networks.length === 0 || !(await bind(ears, '0.0.0.0'))) return new Map()
    const asked = networks.map(
      async ([network, address]) => [network, await askAddress(ears, address)] as const,
    )
    return new Map(
      (await Promise.all(asked)).flatMap(([network, said]) => (said === undefined ? [] : [[network, said]])),
    )
  } finally {
    ears.close()
  }
}

async function askAddress(ears: Socket, address: string): Promise<readonly Offer[] | undefined> {
  const number = randomInt(2 ** 32)
  const offers = new Map<string, Offer>()
  const heard = new Promise<true>((resolve) => {
    ears.on('message', (bytes) => {
      const offer = readOffer(bytes, number)
      if (offer === undefined) return
      offers.set(offer.server, offer)
      resolve(true)
    })
  })
  const mouth = createSocket({ type: 'udp4', reuseAddr: true })
  try {
    if (!(await bind(mouth, address))) return undefined
    mouth.setBroadcast(true)
    const question = discover(number)
    if (await repeat(() => send(mouth, question, 67, '255.255.255.255'), heard)) await pause(RIVALS_MS)
  } finally {
    mouth.close()
  }
  return [...offers.values()]
}

const CLIENT_PORT = 68

/** Whether it could be had. */
function bind(socket: Socket, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    socket.on('error', () => {
      resolve(false)
    })
    socket.bind(CLIENT_PORT, address, () => {
      resolve(true)
    })
  })
}

/** What cannot be sent is not answered either. */
const send = (socket: Socket, bytes: Uint8Array, port: number, address: string): Promise<void> =>
  new Promise((resolve) => {
    socket.send(bytes, port, address, () => {
      resolve()
    })
  })

/** Whether anything was heard. */
async function repeat(ask: () => Promise<void>, heard: Promise<true>): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    await ask()
    if (await Promise.race([heard, pause(PATIENCE_MS, false)])) return true
  }
  return false
}
