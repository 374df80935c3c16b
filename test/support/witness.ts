/**
 * Stands in one namespace: answers whoever calls, saying its name and whom it saw, and calls others when told. `witness.ts NAME
 * [ADDRESS...]`: for each address it joins the multicast groups on that link. Asks come as a JSON array a line, answers go the same way.
 */
import { execFile } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'

export interface Ask {
  readonly key: string
  readonly how: 'ping' | 'tcp' | 'udp' | 'cast' | 'dns-tcp' | 'dns-udp' | 'run'
  readonly to: string
  readonly port?: number
  readonly fromPort?: number
  readonly fromAddress?: string
  /** Bytes a ping carries, by which who receives it knows who sent it. */
  readonly size?: number
  /** The program of `run`. */
  readonly argv?: readonly string[]
}

export interface Told {
  readonly key: string
  /** An answer, a refusal, silence; else the error's code. */
  readonly verdict: string
  /** What was answered: `NAME ADDRESS PORT` of each who did, or what a program printed. */
  readonly said: readonly string[]
}

/** One for each who asks, so that who is asked can tell them apart whatever their address has become on the way. */
export const PORTS = { first: 7000, count: 24 } as const
export const GROUPS = ['239.9.9.9', '224.0.0.200'] as const
const PATIENCE_MS = 1500

const [name = '', ...links] = process.argv.slice(2)

async function serve(port: number): Promise<void> {
  await Promise.all([serveUdp('udp4', port), serveUdp('udp6', port), serveTcp(port)])
}

function serveUdp(type: 'udp4' | 'udp6', port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = createSocket({ type, ...(type === 'udp6' ? { ipv6Only: true } : {}) })
    socket.on('message', (_, from) => {
      // Nobody may be there to take it, nor a way back.
      socket.send(`${name} ${from.address} ${String(from.port)}`, from.port, from.address, () => undefined)
    })
    socket.bind(port, () => {
      if (type === 'udp4')
        for (const link of links) for (const group of GROUPS) socket.addMembership(group, link)
      resolve()
    })
  })
}

function serveTcp(port: number): Promise<void> {
  return new Promise((resolve) => {
    createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.end(
        `${name} ${(socket.remoteAddress ?? '').replace('::ffff:', '')} ${String(socket.remotePort)}`,
      )
    }).listen(port, '::', resolve)
  })
}

function answer(ask: Ask): Promise<Told> {
  if (ask.how === 'ping')
    return exec(ask, ['busybox', 'ping', '-c1', '-W1', '-s', String(ask.size ?? 56), ask.to])
  if (ask.how === 'run') return exec(ask, ask.argv ?? [])
  return ask.how.endsWith('tcp') ? askTcp(ask) : askUdp(ask)
}

function exec({ key }: Ask, [program = '', ...args]: readonly string[]): Promise<Told> {
  return new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) => {
      resolve({ key, verdict: error === null ? 'allow' : 'drop', said: [stdout + stderr] })
    })
  })
}

function askTcp({ key, how, to, port = 0 }: Ask): Promise<Told> {
  return new Promise((resolve) => {
    const socket = connect({ host: to, port })
    const done = (verdict: string, said: readonly string[] = []): void => {
      socket.destroy()
      resolve({ key, verdict, said })
    }
    socket.setTimeout(PATIENCE_MS, () => {
      done('drop')
    })
    socket.on('connect', () => {
      if (how === 'dns-tcp') socket.write(Buffer.concat([Buffer.from([0, QUESTION.length]), QUESTION]))
    })
    socket.on('data', (bytes) => {
      done('allow', [bytes.toString()])
    })
    socket.on('error', (error) => {
      done(verdictOf(error))
    })
  })
}

/** `cast` waits for all who answer: broadcast and multicast may reach several. */
function askUdp({ key, how, to, port = 0, fromPort, fromAddress }: Ask): Promise<Told> {
  return new Promise((resolve) => {
    const socket = createSocket(to.includes(':') ? 'udp6' : 'udp4')
    const said: string[] = []
    const done = (verdict: string): void => {
      clearTimeout(patience)
      socket.close()
      resolve({ key, verdict, said })
    }
    const patience = setTimeout(() => {
      done(said.length === 0 ? 'drop' : 'allow')
    }, PATIENCE_MS)
    socket.once('error', (error) => {
      done(verdictOf(error))
    })
    socket.on('message', (bytes) => {
      said.push(bytes.toString())
      if (how !== 'cast') done('allow')
    })
    socket.bind(
      { port: fromPort ?? 0, ...(fromAddress === undefined ? {} : { address: fromAddress }) },
      () => {
        if (how === 'cast') cast(socket, to, port, fromAddress)
        // Connected: else the kernel keeps a refusal to itself.
        else
          socket.connect(port, to, () => {
            socket.send(how === 'dns-udp' ? QUESTION : 'x')
          })
      },
    )
  })
}

function cast(socket: Socket, to: string, port: number, fromAddress: string | undefined): void {
  socket.setBroadcast(true)
  if (fromAddress !== undefined) socket.setMulticastInterface(fromAddress)
  socket.setMulticastTTL(4)
  socket.send('x', port, to)
}

const verdictOf = (error: NodeJS.ErrnoException): string =>
  error.code === 'ECONNREFUSED' ? 'reject' : (error.code ?? error.message)

/** The address of `weft.test`, please: what is answered does not matter here. */
const QUESTION = Buffer.from('abcd01000001000000000000' + '047765667404746573740000010001', 'hex')

/** Told apart from being imported for its types. */
if (process.argv[1] === import.meta.filename) {
  await Promise.all(Array.from({ length: PORTS.count }, (_, index) => serve(PORTS.first + index)))
  console.log('ready')
  for await (const line of createInterface({ input: process.stdin }))
    console.log(JSON.stringify(await Promise.all((JSON.parse(line) as Ask[]).map(answer))))
  process.exit()
}
