/** A connection from the peer to the host that is there while the host moves. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { PEER } from './uplink-world.ts'

export interface Connection {
  /** What it hears, the host says back. */
  ask(text: string): Promise<string>
  close(): void
}

/** What is lost on the way is sent again, later and later. */
const LIMIT_MS = 60_000

/** Through a program that passes lines on. */
export async function openConnection(address: string): Promise<Connection> {
  const server = createServer((socket) => socket.pipe(socket))
  server.listen(0, '::')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const relay = spawn('ip', ['netns', 'exec', PEER, 'busybox', 'nc', address, String(port)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  relay.stdout.setEncoding('utf8')
  const ask = async (text: string): Promise<string> => {
    relay.stdin.write(`${text}\n`)
    const [said] = (await once(relay.stdout, 'data', { signal: AbortSignal.timeout(LIMIT_MS) })) as [string]
    return said.trim()
  }
  assert.equal(await ask('before?'), 'before?')
  return {
    ask,
    close() {
      relay.kill()
      server.close()
    },
  }
}
