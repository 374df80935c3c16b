/** ufw and firewalld as the distribution has them, in a room of their own, and found by weft where it would find them on a host. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { run, until } from './real-app.ts'
import { enterableRoom, startBus, type Room } from './unpacked.ts'

export interface Neighbours {
  readonly room: Room
  /** `ufw`, `firewall-cmd`, as people type them. */
  ask(program: string, ...words: string[]): Promise<string>
}

/** Only inside a test's world: this /etc is a copy. */
export async function openNeighbours(): Promise<Neighbours> {
  const room = await enterableRoom('neighbours')
  run('cp', '-a', '/etc', '/run/etc')
  for (const name of ['ufw', 'firewalld']) {
    mkdirSync(`/run/etc/${name}`, { recursive: true })
    run('mount', '--bind', `${room.root}/etc/${name}`, `/run/etc/${name}`)
  }
  run('mount', '--rbind', '/run/etc', '/etc')
  mkdirSync('/run/programs')
  for (const name of ['ufw', 'firewall-cmd']) {
    writeFileSync(`/run/programs/${name}`, `#!/bin/sh\nexec chroot ${room.root} ${name} "$@"\n`)
    chmodSync(`/run/programs/${name}`, 0o755)
  }
  process.env['PATH'] = `/run/programs:${process.env['PATH'] ?? ''}`
  return { room, ask: (program, ...words) => room.run([program, ...words]) }
}

export interface Firewalld {
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function startFirewalld({ room }: Neighbours): Promise<Firewalld> {
  const bus = await startBus(room)
  leave(bus)
  let daemon = await begin(room)
  const end = async (child: ChildProcess): Promise<void> => {
    const ended = once(child, 'exit')
    child.ref()
    child.kill()
    await ended
  }
  return {
    async restart() {
      await end(daemon)
      daemon = await begin(room)
    },
    async stop() {
      await end(daemon)
      await end(bus)
    },
  }
}

async function begin(room: Room): Promise<ChildProcess> {
  const daemon = room.start(['firewalld', '--nofork', '--nopid'])
  await until('firewalld runs', async () => {
    const { exitCode } = daemon
    if (exitCode !== null)
      throw new Error(`firewalld ended: ${readFileSync(`${room.root}/var/log/firewalld`, 'utf8')}`)
    const asked = spawn('chroot', [room.root, 'firewall-cmd', '--state'], { stdio: 'ignore' })
    const [code] = (await once(asked, 'exit')) as [number | null]
    return code === 0
  })
  leave(daemon)
  return daemon
}

/** It goes with its test's world: nobody waits for it. */
function leave(child: ChildProcess): void {
  child.unref()
  for (const stream of [child.stdout, child.stderr]) (stream as Socket | null)?.unref()
}
