/** What bin/weftd runs: reads the words, starts the daemon, stops it when told to. */
import { resolve } from 'node:path'
import { WEFT_VERSION } from '../api/version.ts'
import { WeftError } from '../core/errors.ts'
import { startDaemon } from './daemon.ts'

const USAGE = `weftd [--root DIR] [--libvirt-socket PATH]

Runs virtual machines and the networks between them. Every path of it lies under DIR (default /, or WEFT_ROOT):
definitions in DIR/etc/weft, disks and history in DIR/var/lib/weft, sockets in DIR/run/weft. Programs made for libvirt are answered at
DIR/run/weft/libvirt-sock, or at PATH: with /run/libvirt/libvirt-sock weftd stands in for libvirtd.
When it ends, networks and machines go on.
`

const OPTIONS = ['--root', '--libvirt-socket'] as const
type Option = (typeof OPTIONS)[number]

/** journald and files put the time in front themselves, or do not want it. */
const log = (line: string): void => {
  process.stderr.write(`weftd: ${line}\n`)
}

async function main(argv: readonly string[]): Promise<void> {
  const [word] = argv
  if (word === '--help' || word === '-h') return void process.stdout.write(USAGE)
  if (word === '--version') return void process.stdout.write(`weftd ${WEFT_VERSION}\n`)
  const options = readOptions(argv)
  if (options === undefined) {
    process.stderr.write(`weftd: does not understand '${argv.join(' ')}'\n\n${USAGE}`)
    process.exit(2)
  }
  const root = resolve(options['--root'] ?? process.env['WEFT_ROOT'] ?? '/')
  const libvirtSocket = options['--libvirt-socket']
  // What weftd starts inherits nothing of ours to be confused by.
  const daemon = await startDaemon(root, log, libvirtSocket === undefined ? {} : { libvirtSocket })
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES', 'NOTIFY_SOCKET'])
    Reflect.deleteProperty(process.env, name)
  const stop = (): void => {
    daemon.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log(`could not stop in order: ${String(error)}`)
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  // A terminal that closes is no reason to end.
  process.on('SIGHUP', () => void daemon.reload())
}

/** Each with its value, at most once; undefined for anything else. */
function readOptions(argv: readonly string[]): Partial<Record<Option, string>> | undefined {
  const found: Partial<Record<Option, string>> = {}
  for (let i = 0; i < argv.length; i += 2) {
    const option = OPTIONS.find((each) => each === argv[i])
    const value = argv[i + 1] ?? ''
    if (option === undefined || value === '' || option in found) return undefined
    found[option] = value
  }
  return found
}

main(process.argv.slice(2)).catch((error: unknown) => {
  log(error instanceof Error ? error.message : String(error))
  if (error instanceof WeftError) {
    for (const [label, text] of error.details) log(`  ${label} ${text}`)
    if (error.hint !== undefined) log(`  try ${error.hint}`)
  } else if (error instanceof Error) log(error.stack ?? '')
  process.exit(1)
})
