/** Docker's own daemon as the distribution has it, in a room of its own: its rules are made in the test's world. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './debian-root.ts'
import { until } from './real-app.ts'
import { enterableRoom, prepareRoot, type Room } from './unpacked.ts'

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/unpacked-docker')
const VERSION = '1'
const PACKAGES = 'docker.io iptables iproute2 procps kmod base-files libc-bin bash coreutils dash'
const LIMIT_MS = 120_000

/** Needs the distribution's packages: done before a test's world begins. */
export const prepareDocker = (): Promise<void> =>
  prepareRoot(CACHE, VERSION, PACKAGES.split(' '), async (root) => {
    const files = { passwd: 'root:x:0:0:root:/root:/bin/bash\n', group: 'root:x:0:\ndocker:x:110:\n' }
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, 'etc', name), text)
    for (const name of ['iptables', 'ip6tables', 'iptables-save', 'ip6tables-save']) {
      const link = join(root, 'usr/sbin', name)
      if (!existsSync(link)) await symlink(name.replace('tables', 'tables-nft'), link)
    }
    await run('ldconfig', '-r', root)
  })

export interface Docker {
  /** `docker`, as people type it. */
  ask(...words: string[]): Promise<string>
  start(): Promise<void>
  /** As its service ends it. */
  stop(): Promise<void>
}

/** Only inside a test's world. */
export async function openDocker(): Promise<Docker> {
  const room = await enterableRoom('docker', CACHE)
  let daemon: ChildProcess | undefined
  return {
    ask: (...words) => room.run(['docker', ...words]),
    async start() {
      daemon = await begin(room)
    },
    async stop() {
      if (daemon === undefined) return
      const ended = once(daemon, 'exit')
      daemon.kill()
      await ended
      daemon = undefined
    },
  }
}

/** Without overlayfs, which not every place has where tests run. */
async function begin(room: Room): Promise<ChildProcess> {
  const daemon = room.start(['dockerd', '--storage-driver', 'vfs', '--log-level', 'error'])
  let said = ''
  daemon.stdout?.resume()
  daemon.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)))
  const answers = async (): Promise<boolean> => {
    if (daemon.exitCode !== null) throw new Error(`dockerd ended: ${said}`)
    const asked = spawn('chroot', [room.root, 'docker', 'version'], { stdio: 'ignore' })
    const [code] = (await once(asked, 'exit')) as [number | null]
    return code === 0
  }
  await until('dockerd runs', answers, LIMIT_MS)
  return daemon
}
