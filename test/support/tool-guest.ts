/**
 * A machine that runs one script on the distribution's kernel, with programs of this machine (their libraries come along): for what this
 * machine's own kernel cannot do, and for counting instructions. Its serial line is the answer.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { device, directory, file, formatCpio, program, type CpioEntry } from '../../src/setup/cpio.ts'
import { findGuestKernel } from '../../src/setup/guest-kernel.ts'
import { collectModules } from '../../src/setup/kernel-modules.ts'
import { findProgram } from '../../src/setup/packages.ts'

export interface ToolGuest {
  /** Beside busybox. */
  readonly programs: readonly string[]
  /** Those that the kernel has not built in. */
  readonly modules: readonly string[]
  /** Under /files, by name. */
  readonly files: Readonly<Record<string, string>>
  /** What it does; then it powers itself off. */
  readonly script: string
  /** Its clock advances one ns an instruction, and does not wait when there is nothing to do. */
  readonly countsInstructions?: boolean
  /** More words of QEMU's line, and of the kernel's. */
  readonly hardware?: readonly string[]
  readonly append?: string
}

const LIMIT_MS = 15 * 60_000

/** What it has printed; throws that when it did not come to the end of its script. */
export async function runToolGuest(guest: ToolGuest): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), 'weft-tool-guest-'))
  try {
    const kernel = await findGuestKernel(scratch)
    const modules = await collectModules(kernel.modules, guest.modules)
    const initrd = join(scratch, 'initrd.gz')
    const insert = modules.map(({ name }) => `insmod /modules/${name}.ko\n`).join('')
    const entries: CpioEntry[] = [
      ...['dev', 'proc', 'sys', 'run', 'etc', 'tmp', 'bin', 'programs', 'modules', 'files'].map(directory),
      device('dev/console', 5, 1),
      file('etc/protocols', 'icmp 1\ntcp 6\nudp 17\nipv6-icmp 58\n'),
      ...packPrograms(['busybox', ...guest.programs]),
      ...modules.map(({ name, content }) => ({ path: `modules/${name}.ko`, mode: 0o100644, content })),
      ...Object.entries(guest.files).map(([name, text]) => file(`files/${name}`, text)),
      program('init', `${INIT}${insert}${guest.script}\necho "the script has ended"\npoweroff -f\n`),
    ]
    writeFileSync(initrd, await promisify(gzip)(formatCpio(entries)))
    return await boot(kernel.image, initrd, guest)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** busybox takes its own `ip` for the one of iproute2, whatever the path says. */
const INIT = `#!/programs/busybox sh
/programs/busybox --install -s /bin
export PATH=/programs:/bin
ip() { /programs/ip "$@"; }
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs run /run
ln -s /proc/self/fd /dev/fd; ln -s fd/0 /dev/stdin
exec </dev/null >/dev/ttyS0 2>&1
stty -onlcr </dev/ttyS0
`

function boot(kernel: string, initrd: string, guest: ToolGuest): Promise<string> {
  const { countsInstructions = false, hardware = [], append = '' } = guest
  const argv = [
    ...['-machine', 'q35,accel=tcg', '-cpu', 'qemu64', '-m', '256', '-nodefaults', '-no-reboot'],
    ...(countsInstructions ? ['-icount', 'shift=0,sleep=off'] : []),
    ...['-display', 'none', '-serial', 'stdio', '-kernel', kernel, '-initrd', initrd],
    ...['-append', `console=ttyS0 quiet no_timer_check panic=-1 mitigations=off ${append}`],
    ...hardware,
  ]
  return new Promise((resolve, reject) => {
    const child = spawn('qemu-system-x86_64', argv, { stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS })
    let said = ''
    const hear = (chunk: Buffer): void => void (said += chunk.toString())
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', reject)
    child.on('close', () => {
      if (/^the script has ended$/m.test(said)) resolve(said)
      else reject(new Error(`the guest did not finish:\n${said.slice(-4000)}`))
    })
  })
}

/** The programs, their libraries where the loader looks for them. */
export function packPrograms(names: readonly string[]): CpioEntry[] {
  const found = names.map((name) => ({ name, path: findProgram(name) ?? missing(name) }))
  const libraries = new Set(found.flatMap(({ path }) => librariesOf(path)))
  const folders = new Set([...libraries].flatMap(parentsOf))
  return [
    ...[...folders].sort().map(directory),
    ...[...libraries].map((path) => binary(path.slice(1), path)),
    ...found.map(({ name, path }) => binary(`programs/${name}`, path)),
  ]
}

function binary(path: string, from: string): CpioEntry {
  return { path, mode: 0o100755, content: readFileSync(realpathSync(from)) }
}

function librariesOf(path: string): string[] {
  try {
    const said = execFileSync('ldd', [path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return [...said.matchAll(/(\/\S+) \(0x/g)].flatMap(([, library]) => library ?? [])
  } catch {
    return [] // a static one
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(1, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

function missing(name: string): never {
  throw new Error(`'${name}' is not installed`)
}
