/** Which programs weft needs, which are missing on this host, and how they get here. */
import { execFile, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { WeftError } from '../core/errors.ts'
import { PROGRAMS } from '../core/host/facts.ts'
import { confirm, say } from './talk.ts'

interface Need {
  readonly program: string
  readonly package: string
  readonly why: string
}

const WHY: Readonly<Record<keyof typeof PROGRAMS, string>> = {
  ip: 'makes bridges and TAPs',
  nft: 'makes the firewall and NAT',
  dnsmasq: 'gives guests addresses and names',
  'qemu-system-x86_64': 'runs the machines',
  'qemu-img': 'makes disks',
  setpriv: 'runs QEMU as a user without rights',
}

const DAEMON_NEEDS: readonly Need[] = Object.entries(PROGRAMS).map(([program, debianPackage]) => ({
  program,
  package: debianPackage,
  why: WHY[program as keyof typeof PROGRAMS],
}))

/** For the first machine, and for the sandbox's outside. */
const FIRST_MACHINE_NEEDS: readonly Need[] = [
  { program: 'busybox', package: 'busybox-static', why: 'is all the software of the first machine' },
]
const SANDBOX_NEEDS: readonly Need[] = [
  { program: 'unshare', package: 'util-linux', why: 'makes the namespaces of the sandbox' },
  { program: 'nsenter', package: 'util-linux', why: 'goes into the sandbox' },
]

const SEARCH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Installs what is missing, after saying what and why, and asking. Answers the packages installed. */
export async function installMissing(isSandbox: boolean, isAgreed: boolean): Promise<readonly string[]> {
  const needs = [...DAEMON_NEEDS, ...FIRST_MACHINE_NEEDS, ...(isSandbox ? SANDBOX_NEEDS : [])]
  const missing = needs.filter((need) => findProgram(need.program) === undefined)
  if (missing.length === 0) return []
  say('weft needs programs that are not installed here:')
  for (const need of missing) say(`  ${need.program.padEnd(20)} ${need.why} (package ${need.package})`)
  const packages = [...new Set(missing.map((need) => need.package))]
  if (findProgram('apt-get') === undefined) throw withoutApt(missing)
  if (!isAgreed && !(await confirm('Install them now?')))
    throw new WeftError('missing-program', `${packages.join(', ')} must be installed first`, {
      hint: `weft up --yes; or: apt-get install --no-install-recommends ${packages.join(' ')}`,
    })
  await aptInstall(packages)
  return packages
}

export function findProgram(name: string): string | undefined {
  return SEARCH.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function withoutApt(missing: readonly Need[]): WeftError {
  return new WeftError('missing-program', 'this host has no apt-get to install them with', {
    hint: 'install them with your own package manager, then type the same command again',
    details: missing.map((need) => ['needs', `${need.program}: Debian has it in ${need.package}`] as const),
  })
}

/** A lock held by another apt is waited for; package scripts must not ask anybody anything. */
async function aptInstall(packages: readonly string[]): Promise<void> {
  const wait = ['-o', 'DPkg::Lock::Timeout=120']
  await apt(['-qq', ...wait, 'update'])
  const unknown = await packagesUnknown(packages)
  if (unknown.length > 0)
    throw new WeftError('missing-program', `apt knows no package ${unknown.join(', ')}`, {
      hint: 'weft is tried on Debian 12 and later and Ubuntu 24.04 and later',
    })
  say(`installing ${packages.join(' ')}`)
  await apt(['-q', '-y', ...wait, 'install', '--no-install-recommends', ...packages])
}

async function packagesUnknown(packages: readonly string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)('apt-cache', ['pkgnames'], { maxBuffer: 1 << 26 })
  const known = new Set(stdout.split('\n'))
  return packages.filter((name) => !known.has(name))
}

async function apt(argv: readonly string[]): Promise<void> {
  const child = spawn('apt-get', argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  let text = ''
  const keep = (chunk: Buffer): void => {
    text = `${text}${chunk.toString()}`.slice(-4000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail)
    child.once('close', done)
  })
  if (code === 0) return
  throw new WeftError('command-failed', 'could not install the missing packages', {
    details: [
      ['ran', `apt-get ${argv.join(' ')}`],
      ['it said', text.trim()],
    ],
    hint: 'put it right by hand, then type the same command again',
  })
}
