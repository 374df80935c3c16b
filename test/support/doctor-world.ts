/** A network with two guests, an uplink with a router behind it, and a weft that answers: what the doctor is shown healthy, then sick. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findFaults, type Walked } from '../../src/app/doctor.ts'
import { addPort } from '../../src/app/network-ports.ts'
import { defineNetwork, startNetwork, stopNetwork } from '../../src/app/networks.ts'
import type { Fault } from '../../src/core/doctor/check.ts'
import { apiSocket, upstreamsFile } from '../../src/core/host/paths.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { createApiServer } from '../../src/http/server.ts'
import { addHost, canPing, makeRoot, openRealApp, removeRoot, run, until, type RealApp } from './real-app.ts'

const BY = { by: 'test', dryRun: false } as const
const BIN = join(import.meta.dirname, '../../bin')
export const ROUTER = '192.0.2.2'
/** The host's end of the way out; its other end is `eth0` in namespace `isp`. */
export const UPLINK = 'isp'
export const GUEST = 'box'
export const GUEST_IP = '10.9.0.11'

const LAB = `
name: lab
bridge: virbr9
mac: 52:54:00:00:09:01
addresses:
  - {address: 10.9.0.1/24, dhcp: {range: 10.9.0.100-10.9.0.103}}
  - {address: "fd77:9::1/64"}
`

export interface DoctorWorld {
  readonly real: RealApp
  readonly server: Server
  /** What the doctor says of one guest, or of everything. */
  readonly ask: (guest?: string) => Promise<Walked[]>
  /** Runs a line as a person would type it: a `weft` in it speaks to this world's weft. */
  readonly type: (line: string) => Promise<void>
}

export async function openDoctorWorld(): Promise<DoctorWorld> {
  const real = openRealApp(makeRoot())
  addHost(UPLINK, '192.0.2.1/24', `${ROUTER}/24`)
  run('ip', 'route', 'add', 'default', 'via', ROUTER, 'metric', '100')
  writeFileSync(upstreamsFile(real.app.facts.paths), `server=${ROUTER}\n`)
  await defineNetwork(real.app, await readNetworkDefinition(LAB), BY)
  await startNetwork(real.app, 'lab', BY)
  for (const [name, last] of [
    [GUEST, 11],
    ['friend', 12],
  ] as const) {
    run('ip', 'netns', 'add', name)
    const mac = `52:54:00:00:00:${String(last)}`
    await addPort(real.app, 'lab', { netns: name, mac, ip: `10.9.0.${String(last)}` }, BY)
  }
  const server = createApiServer({ app: real.app, isReadOnly: false, log: () => undefined })
  server.listen(apiSocket(real.app.facts.paths))
  await once(server, 'listening')
  await until('the way out works', () => canPing(GUEST, ROUTER))
  return {
    real,
    server,
    ask: (guest) => findFaults(real.app, guest),
    type: (line) => typeLine(real.root, line),
  }
}

export async function closeDoctorWorld({ real, server }: DoctorWorld): Promise<void> {
  server.close()
  server.closeAllConnections()
  await stopNetwork(real.app, 'lab', { ...BY, force: true })
  real.close()
  removeRoot(real.root)
}

/** Not held up: the weft it may call is answered by this very process. */
async function typeLine(root: string, line: string): Promise<void> {
  const env = { ...process.env, WEFT_ROOT: root, PATH: `${BIN}:${process.env['PATH'] ?? ''}` }
  const child = spawn('sh', ['-c', line], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${line}: ${said}`)
}

/** The first thing that is wrong on each way. */
export function faultsOf(walked: readonly Walked[]): Fault[] {
  return walked.flatMap(({ stages }) => stages.flatMap(({ fault }) => fault ?? []))
}
