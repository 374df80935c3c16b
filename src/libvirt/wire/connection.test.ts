/** A connection, spoken to byte by byte: who is answered, who is refused, who is dropped, and that the others notice nothing. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { serveConnection, type Connection, type Service } from './connection.ts'
import { failureOf } from './failures.ts'
import { cutPackets, formatPacket, PROGRAMS, STATUSES, TYPES, type Packet } from './frame.ts'
import { REMOTE_CALLS, type CallName } from './procedures.ts'
import { createTurns } from './turns.ts'
import { remoteError, type RemoteError } from './types.ts'
import { decode, encode } from './xdr.ts'

const directory = mkdtempSync(join(tmpdir(), 'wire-'))
const path = join(directory, 'sock')
let server: Server
let readOnly = false
const calls: string[] = []
/** Calls of DOMAIN_RESET wait for this. */
let gate = Promise.withResolvers<undefined>()
const connections: Connection[] = []

const service: Service = {
  begin(connection) {
    connections.push(connection)
    return {
      async call(name, args) {
        calls.push(name)
        if (name === 'DOMAIN_RESET') await gate.promise
        if (name === 'CONNECT_GET_TYPE') return { ret: { type: 'QEMU' } }
        if (name === 'AUTH_LIST') return { ret: { types: [] } }
        if (name === 'DOMAIN_OPEN_GRAPHICS_FD')
          return { ret: {}, socket: (args as { dom: { name: string } }).dom.name }
        if (name === 'CONNECT_GET_HOSTNAME') throw new Error('nobody knows')
        return { ret: {} }
      },
      explain: (error) => failureOf(1, 7, 'internal error: %s', (error as Error).message),
      end: () => undefined,
    }
  },
}

/** As somebody would who writes to the socket himself. */
const passSocket = (socket: Socket, packet: Buffer, path: string): Promise<void> =>
  path === '/nobody'
    ? Promise.reject(new Error('nobody is there'))
    : new Promise((resolve) => {
        passing.push({
          path,
          done: () =>
            socket.write(Buffer.concat([packet, Buffer.alloc(1)]), () => {
              resolve()
            }),
        })
      })
const passing: { readonly path: string; readonly done: () => void }[] = []

const turns = createTurns()

before(async () => {
  server = createServer((socket) => {
    serveConnection(socket, service, { isReadOnly: readOnly, passSocket, turns })
  })
  server.listen(path)
  await once(server, 'listening')
})

const sockets: Socket[] = []

after(() => {
  for (const socket of sockets) socket.destroy()
  server.close()
  rmSync(directory, { recursive: true })
})

interface Client {
  readonly socket: Socket
  /** The next packet that comes. */
  readonly next: () => Promise<Packet>
  readonly ask: (name: CallName, args?: unknown) => Promise<Packet>
  readonly gone: Promise<unknown>
}

async function open(isKnown = true): Promise<Client> {
  const socket = connect(path)
  sockets.push(socket)
  let left = Buffer.alloc(0)
  const packets: Packet[] = []
  const waiting: ((packet: Packet) => void)[] = []
  socket.on('data', (piece: Buffer) => {
    const cut = cutPackets(Buffer.concat([left, piece]))
    left = Buffer.from(cut.rest)
    for (const packet of cut.packets) {
      const taker = waiting.shift()
      if (taker === undefined) packets.push(packet)
      else taker(packet)
    }
  })
  socket.on('error', () => undefined)
  const gone = once(socket, 'close')
  const next = (): Promise<Packet> => {
    const packet = packets.shift()
    return packet === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(packet)
  }
  const ask = (name: CallName, args: unknown = {}): Promise<Packet> => {
    socket.write(packetOf(name, args))
    return next()
  }
  await once(socket, 'connect')
  if (isKnown) await ask('AUTH_LIST')
  return { socket, next, ask, gone }
}

let serial = 0
function packetOf(name: CallName, args: unknown = {}): Buffer {
  const { number, args: codec } = REMOTE_CALLS[name]
  const header = { program: PROGRAMS.remote, version: 1, procedure: number, type: TYPES.call, status: 0 }
  return formatPacket({ ...header, serial: ++serial }, encode<unknown>(codec, args))
}

const errorOf = ({ header, body }: Packet): Pick<RemoteError, 'code' | 'message'> => {
  assert.equal(header.status, STATUSES.error)
  const { code, message } = decode(remoteError, body)
  return { code, message }
}

const DOM = { dom: { name: 'web', uuid: '2815da0a-0c21-4db2-8fed-c304f843ba6b', id: 1 } }

test('a reply carries the number of its call', async () => {
  const client = await open()
  const packet = await client.ask('CONNECT_GET_TYPE')
  assert.deepEqual(
    [packet.header.serial, packet.header.type, decode(REMOTE_CALLS.CONNECT_GET_TYPE.ret, packet.body)],
    [serial, TYPES.reply, { type: 'QEMU' }],
  )
  client.socket.destroy()
})

test('what goes wrong further in is told in the reply', async () => {
  const client = await open()
  assert.deepEqual(errorOf(await client.ask('CONNECT_GET_HOSTNAME')), {
    code: 1,
    message: 'internal error: nobody knows',
  })
  client.socket.destroy()
})

test('nobody is answered before having asked how to be known', async () => {
  const client = await open(false)
  assert.deepEqual(errorOf(await client.ask('CONNECT_GET_TYPE')), {
    code: 39,
    message: 'authentication required',
  })
  client.socket.destroy()
})

test('a connection that may only read changes nothing, whichever way it said so', async () => {
  calls.length = 0
  readOnly = true
  const born = await open()
  readOnly = false
  const restricted = await open()
  connections.at(-1)?.restrict()
  for (const client of [born, restricted]) {
    const refused = errorOf(await client.ask('DOMAIN_DESTROY', DOM))
    assert.deepEqual(refused, {
      code: 29,
      message: 'operation forbidden: read only access prevents virDomainDestroy',
    })
    // Reading is allowed, secrets are not.
    assert.equal((await client.ask('CONNECT_GET_TYPE')).header.status, STATUSES.ok)
    assert.equal(errorOf(await client.ask('DOMAIN_GET_XML_DESC', { ...DOM, flags: 1 })).code, 29)
    client.socket.destroy()
  }
  assert.equal(calls.includes('DOMAIN_DESTROY'), false)
})

test("unknown programs and procedures, and arguments that are none, are refused by libvirt's code for them", async () => {
  const client = await open()
  const header = {
    program: PROGRAMS.remote,
    version: 1,
    procedure: 9999,
    type: TYPES.call,
    serial: 7,
    status: 0,
  }
  client.socket.write(formatPacket(header, Buffer.alloc(0)))
  const unknown = errorOf(await client.next())
  client.socket.write(formatPacket({ ...header, program: 1 }, Buffer.alloc(0)))
  const program = errorOf(await client.next())
  client.socket.write(formatPacket({ ...header, procedure: 23 }, Buffer.from('ffffffff', 'hex')))
  const args = errorOf(await client.next())
  assert.deepEqual(
    [unknown, program, args],
    [
      { code: 39, message: 'unknown procedure: 9999' },
      { code: 39, message: 'Cannot find program 1 version 1' },
      { code: 39, message: 'Unable to decode message payload' },
    ],
  )
  client.socket.destroy()
})

test('a packet may come in any pieces, and several in one', async () => {
  const client = await open()
  const packet = packetOf('CONNECT_GET_TYPE')
  for (const byte of packet) {
    client.socket.write(Buffer.from([byte]))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await client.next()
  client.socket.write(Buffer.concat([packetOf('CONNECT_GET_TYPE'), packetOf('CONNECT_GET_TYPE')]))
  const first = await client.next()
  assert.equal((await client.next()).header.serial, first.header.serial + 1)
  client.socket.destroy()
})

test('whoever breaks the framing is dropped, and nobody else', async () => {
  const witness = await open()
  for (const bytes of ['ffffffff', '00000003', '0000001b', '47455420']) {
    const client = await open()
    client.socket.write(Buffer.from(bytes, 'hex'))
    await client.gone
  }
  const half = await open()
  half.socket.write(packetOf('CONNECT_GET_TYPE').subarray(0, 11))
  half.socket.destroy()
  assert.equal((await witness.ask('CONNECT_GET_TYPE')).header.status, STATUSES.ok)
  witness.socket.destroy()
})

test('a client has at most five calls worked on at once, and others do not wait for them', async () => {
  gate = Promise.withResolvers()
  calls.length = 0
  const [busy, other] = [await open(), await open()]
  for (let i = 0; i < 9; i++) busy.socket.write(packetOf('DOMAIN_RESET', { ...DOM, flags: 0 }))
  await other.ask('CONNECT_GET_TYPE')
  await other.ask('CONNECT_GET_TYPE')
  assert.equal(calls.filter((name) => name === 'DOMAIN_RESET').length, 5)
  gate.resolve(undefined)
  for (let i = 0; i < 9; i++) assert.equal((await busy.next()).header.status, STATUSES.ok)
  for (const { socket } of [busy, other]) socket.destroy()
})

test('a ping is answered, at any time', async () => {
  const client = await open(false)
  const ping = Buffer.from('0000001c6b65657000000001000000010000000200000000' + '00000000', 'hex')
  client.socket.write(ping)
  const { header } = await client.next()
  assert.deepEqual([header.program, header.procedure, header.type], [PROGRAMS.keepalive, 2, TYPES.message])
  client.socket.destroy()
})

test('a client that never reads is dropped before it costs much', async () => {
  const client = await open()
  client.socket.pause()
  const connection = connections.at(-1)
  const xml = 'x'.repeat(4_000_000)
  const event = { callbackID: 1, dom: DOM.dom, devAlias: xml }
  for (let i = 0; i < 60; i++) connection?.send('DOMAIN_EVENT_CALLBACK_DEVICE_ADDED', event)
  // To notice that it was cut off it has to read what had come.
  client.socket.resume()
  await client.gone
})

const screenOf = (name: string): unknown => ({ dom: { ...DOM.dom, name }, idx: 0, flags: 0 })

test('while a client is passed a socket, nothing comes between the reply and its byte', async () => {
  const client = await open()
  client.socket.write(packetOf('DOMAIN_OPEN_GRAPHICS_FD', screenOf('/screen')))
  client.socket.write(packetOf('DOMAIN_OPEN_GRAPHICS_FD', screenOf('/other')))
  client.socket.write(packetOf('CONNECT_GET_TYPE'))
  for (const wanted of ['/screen', '/other']) {
    while (passing.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const { path: asked, done } = passing.shift() ?? assert.fail()
    assert.equal(asked, wanted)
    done()
    const { header, body } = await client.next()
    assert.deepEqual(
      [header.type, header.status, body],
      [TYPES.replyWithFds, STATUSES.ok, Buffer.from([0, 0, 0, 1])],
    )
  }
  assert.equal((await client.next()).header.serial, serial)
  client.socket.destroy()
})

test('a socket that does not answer is an error, and the client goes on', async () => {
  const client = await open()
  const refused = await client.ask('DOMAIN_OPEN_GRAPHICS_FD', screenOf('/nobody'))
  assert.equal(errorOf(refused).message, 'internal error: nobody is there')
  assert.equal((await client.ask('CONNECT_GET_TYPE')).header.status, STATUSES.ok)
  client.socket.destroy()
})

test('descriptors of clients are let go of with their bytes, the call is refused', async () => {
  const client = await open()
  const header = {
    program: PROGRAMS.remote,
    version: 1,
    procedure: 343,
    type: TYPES.callWithFds,
    status: 0,
    serial: ++serial,
  }
  client.socket.write(formatPacket(header, Buffer.from([0, 0, 0, 2])))
  client.socket.write(Buffer.alloc(2))
  client.socket.write(packetOf('CONNECT_GET_TYPE'))
  const answers = [await client.next(), await client.next()].sort((a, b) => a.header.serial - b.header.serial)
  const [refused, answered] = answers
  assert.equal(errorOf(refused ?? assert.fail()).code, 74)
  assert.equal(answered?.header.status, STATUSES.ok)
  client.socket.destroy()
})
