/**
 * Runs one kind of test: `unit` here, `kernel`, `guest` and `doors` as root, each file in a throwaway world of namespaces.
 * `scripts/test.ts KIND [PART OF A FILE NAME [PATTERN OF TEST NAMES]]`. Ends with one line, `N passed, N failed`.
 */
import { spawn } from 'node:child_process'
import { accessSync, chmodSync, constants, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareCloudImage } from '../test/support/cloud-image.ts'
import { prepareCloudKernel } from '../test/support/cloud-kernel.ts'
import { prepareLibvirtd } from '../test/support/libvirtd-room.ts'
import { prepareDesktop } from '../test/support/desktop.ts'
import { prepareDhcpcd } from '../test/support/dhcpcd.ts'
import { prepareDocker } from '../test/support/docker-room.ts'
import { prepareUnpacked } from '../test/support/unpacked.ts'

const KINDS: Readonly<Record<string, { files: readonly string[]; programs: readonly string[] }>> = {
  unit: { files: ['src/**/*.test.ts', 'test/architecture/**/*.test.ts'], programs: [] },
  kernel: {
    files: ['test/kernel/**/*.test.ts', 'test/cloud-kernel/**/*.test.ts'],
    programs: ['unshare', 'bash', 'ip', 'nft', 'dnsmasq', 'qemu-system-x86_64'],
  },
  guest: {
    files: ['test/guest/**/*.test.ts'],
    programs: ['unshare', 'bash', 'ip', 'nft', 'dnsmasq', 'qemu-system-x86_64', 'qemu-img'],
  },
  doors: {
    files: ['test/doors/**/*.test.ts'],
    programs: ['unshare', 'bash', 'ip', 'nft', 'dnsmasq', 'qemu-system-x86_64', 'qemu-img', 'script'],
  },
}

/** Two cores: more at once only makes each slower. */
const FILES_AT_ONCE = 2
/** They begin first: everybody would wait for one that begins last. */
const isLong = (file: string): boolean => /laws|deaths/.test(file)
/** The laws of networks take four minutes here, and three times that beside others. */
const FILE_LIMIT_MS = 45 * 60_000
const WORLD = ['unshare', '--net', '--uts', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']

interface Ended {
  readonly code: number
  readonly passed: number
  readonly failed: number
  /** What node's reporter says of the failed ones at its end; empty without any. */
  readonly failures: string
}

/** In files whose tests run daemons of other packages. */
const UNPACKED = /(unpacked|keeper-world|neighbour-rooms|neighbour-law-cases)\.ts/
/** In those whose clients are a desktop's. */
const DESKTOP = /support\/desktop\.ts/
/** In those beside dhcpcd. */
const DHCPCD = /support\/(dhcpcd|lease-clients)\.ts/
/** In those beside Docker's daemon. */
const DOCKER = /docker-room\.ts/

/** Those that need another kernel than this machine's: their world is a guest. */
const isForCloudKernel = (file: string): boolean => file.startsWith('test/cloud-kernel/')

/** Only tests whose names match. */
const NAMES = process.argv[4] === undefined ? [] : [`--test-name-pattern=${process.argv[4]}`]

process.exitCode = await main(process.argv[2] ?? 'unit', process.argv[3])

async function main(kind: string, pattern: string | undefined): Promise<number> {
  const wanted = KINDS[kind]
  if (wanted === undefined) return refuse(`there are ${Object.keys(KINDS).join(', ')} tests, not '${kind}'`)
  process.chdir(join(import.meta.dirname, '..'))
  const files = wanted.files
    .flatMap((glob) => globSync(glob))
    .filter((file) => pattern === undefined || file.includes(pattern))
    .sort((one, other) => Number(isLong(other)) - Number(isLong(one)) || (one < other ? -1 : 1))
  if (files.length === 0)
    return refuse(`no ${kind} test${pattern === undefined ? '' : ` is called '${pattern}'`}`)
  const missing = wanted.programs.filter((program) => !isInstalled(program))
  if (missing.length > 0) return refuse(`${missing.join(', ')} missing: sh scripts/install-packages.sh`)
  if (kind !== 'unit' && process.getuid?.() !== 0)
    return refuse(`${kind} tests make namespaces: run them as root`)
  if (files.some((file) => file.endsWith('/cloud-image.test.ts'))) await prepareCloudImage()
  if (files.some(isForCloudKernel)) await prepareCloudKernel()
  const mentioned = (what: RegExp): boolean => files.some((file) => what.test(readFileSync(file, 'utf8')))
  if (mentioned(UNPACKED)) await prepareUnpacked()
  if (mentioned(DESKTOP)) await prepareDesktop()
  if (mentioned(DHCPCD)) await prepareDhcpcd()
  if (mentioned(DOCKER)) await prepareDocker()
  if (files.some((file) => readFileSync(file, 'utf8').includes('libvirtd-room.ts'))) await prepareLibvirtd()
  const ended = kind === 'unit' ? [await runNode(files, process.stdout)] : await runInWorlds(files)
  const sum = (pick: (end: Ended) => number): number => ended.reduce((total, end) => total + pick(end), 0)
  // A file that dies without a summary has failed.
  const failed = sum((end) => (end.code !== 0 && end.failed === 0 ? 1 : end.failed))
  // Once more at the end: whoever reads only that still learns what failed and how.
  const failures = ended.map((end) => end.failures).join('')
  if (kind !== 'unit' && failures !== '') console.log(failures)
  console.log(`${sum((end) => end.passed)} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

function refuse(why: string): number {
  console.error(`weft: ${why}`)
  return 1
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

async function runInWorlds(files: readonly string[]): Promise<Ended[]> {
  const left = [...files]
  const ended: Ended[] = []
  const work = async (): Promise<void> => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) ended.push(await runInWorld(file))
  }
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, work))
  return ended
}

/** Its output is shown when it is complete, so that two files do not talk at once. */
async function runInWorld(file: string): Promise<Ended> {
  const directory = mkdtempSync(join(tmpdir(), 'weft-test-'))
  // Guests' QEMU runs as another user and has to reach its files.
  chmodSync(directory, 0o755)
  const chunks: string[] = []
  const guest = isForCloudKernel(file) ? [process.execPath, 'scripts/in-cloud-kernel.ts'] : []
  const prefix = [...WORLD, 'bash', 'scripts/test-world.sh', ...guest]
  const sink = { write: (text: string) => chunks.push(text) > 0 }
  const ended = await runNode([file], sink, prefix, { TMPDIR: directory })
  rmSync(directory, { recursive: true, force: true })
  console.log(`── ${file}\n${chunks.join('')}`)
  return ended
}

/** `node --test`, counted by its own summary. */
function runNode(
  files: readonly string[],
  sink: { write(text: string): unknown },
  prefix: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const reporter = ['--test', '--test-reporter=spec', ...NAMES]
  const [program = '', ...args] = [
    ...prefix,
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    ...reporter,
    ...files,
  ]
  return new Promise((resolve) => {
    const env = { ...process.env, ...environment }
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const limit = setTimeout(() => child.kill('SIGKILL'), FILE_LIMIT_MS)
    let tail = ''
    const take = (text: string): void => {
      sink.write(text)
      tail = (tail + text).slice(-200_000)
    }
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    child.once('close', (code) => {
      clearTimeout(limit)
      resolve({
        code: code ?? 1,
        passed: count(tail, 'pass'),
        failed: count(tail, 'fail') + count(tail, 'cancelled'),
        failures: /^✖ failing tests:$.*/ms.exec(tail)?.[0] ?? '',
      })
    })
  })
}

function count(text: string, word: string): number {
  return Number([...text.matchAll(new RegExp(`^ℹ ${word} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0)
}
