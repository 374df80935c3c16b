/** weftd in a namespace of its own, spoken to over its socket. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { call, type Connection } from '../src/api/client.ts'
import { cpuGroup, type CpuGroup } from './cpu.ts'
import { makeNamespace, until } from './world.ts'

export interface Weft {
  readonly cpu: CpuGroup
  readonly root: string
  readonly pid: number
  readonly connection: Connection
  restart(): Promise<void>
  /** The two halves of a restart. */
  end(): Promise<void>
  begin(): Promise<void>
  stop(): Promise<void>
}

const REPOSITORY = new URL('..', import.meta.url).pathname

export async function startWeft(name: string): Promise<Weft> {
  await makeNamespace(name)
  const root = `/tmp/weft-bench/${name}`
  rmSync(root, { recursive: true, force: true })
  const cpu = cpuGroup(name)
  const connection: Connection = { socket: `${root}/run/weft/weft.sock`, user: 'bench' }
  let daemon = await startDaemon(name, root, cpu, connection)
  const end = async (): Promise<void> => {
    daemon.kill()
    await new Promise((resolve) => daemon.on('exit', resolve))
  }
  const begin = async (): Promise<void> => {
    daemon = await startDaemon(name, root, cpu, connection)
  }
  return {
    cpu,
    root,
    connection,
    get pid() {
      return daemon.pid ?? 0
    },
    restart: async () => {
      await end()
      await begin()
    },
    end,
    begin,
    stop: end,
  }
}

async function startDaemon(
  name: string,
  root: string,
  cpu: CpuGroup,
  connection: Connection,
): Promise<ChildProcess> {
  const line = `${cpu.enter} ip netns exec ${name} ${REPOSITORY}bin/weftd --root ${root}`
  const daemon = spawn('bash', ['-c', line], { stdio: 'ignore' })
  await until('weftd', async () => existsSync(connection.socket) && (await answers(connection)))
  return daemon
}

async function answers(connection: Connection): Promise<boolean> {
  try {
    await call(connection, 'listNetworks', {})
    return true
  } catch {
    return false
  }
}

/** Proportional set size of the daemon and all its descendants but QEMU, in MB. */
export function memoryMb(pid: number): { rss: number; pssWithHelpers: number } {
  const field = (path: string, name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(path, 'utf8'))?.[1] ?? 0) / 1024
  const pss = [pid, ...descendants(pid)].map((each) => field(`/proc/${String(each)}/smaps_rollup`, 'Pss'))
  return {
    rss: field(`/proc/${String(pid)}/status`, 'VmRSS'),
    pssWithHelpers: pss.reduce((sum, each) => sum + each, 0),
  }
}

function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').trim()
  return children === ''
    ? []
    : children.split(' ').flatMap((child) => [Number(child), ...descendants(Number(child))])
}
