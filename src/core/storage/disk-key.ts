/**
 * Keys of encrypted disks. They lie in files of root's, and no plan, command line or log ever has one: a command that needs a key finds it
 * in a copy that QEMU's user may read, in memory, for as long as the command takes.
 */
import type { HostFacts } from '../host/facts.ts'
import { diskKeyFile, keyDirectory, lentKeyDirectory } from '../host/paths.ts'
import { lendKeyStep, takeKeyBackStep, type Keyed } from '../host/lend-key.ts'
import { cannotUndo, noUndo, type Step } from '../plan/plan.ts'

/** 256 bits need no slow derivation, which is for passwords: the start of a machine does not wait for it. */
const DERIVATION_MS = 10

export const CRYPT_OPTIONS = `encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=${String(DERIVATION_MS)}`

/**
 * To make a key slow to try, qemu-img measures its own CPU time, and gives up when that is 0: kernels that count in ticks say so now and
 * then of what takes a few milliseconds. One try in some dozens fails: more than these are not needed.
 */
export const MEASURE_AGAIN = { whenItSays: 'Unable to get accurate CPU usage', most: 20 } as const

/** For qemu-img. */
export const keyObject = (lent: string): string[] => ['--object', `secret,id=key,file=${lent}`]

/** `given`: the file in which it has come; else it is made. */
export function makeKeySteps({ name, path }: Keyed, given: string | undefined, facts: HostFacts): Step[] {
  const file = diskKeyFile(facts.paths, path)
  const make = 'umask 077; head -c 32 /dev/urandom | base64 -w 0 > "$0"'
  return [
    {
      reason: 'keys are read by root alone',
      do: { kind: 'mkdir', path: keyDirectory(facts.paths), mode: 0o700 },
      undo: noUndo('an empty directory is as good as none'),
    },
    {
      reason:
        given === undefined
          ? `${name} has a key that nobody has seen`
          : `the key that was given for ${name} is kept`,
      do: { kind: 'run', argv: given === undefined ? ['sh', '-c', make, file] : ['mv', '-T', given, file] },
      undo: { kind: 'remove', path: file },
    },
    {
      reason: `the key of ${name} would survive a power cut`,
      do: { kind: 'run', argv: ['sync', file] },
      undo: noUndo('there is nothing to take back'),
    },
  ]
}

/** The same key for a copy. */
export function copyKeySteps({ name, path }: Keyed, from: string, facts: HostFacts): Step[] {
  const file = diskKeyFile(facts.paths, path)
  return [
    {
      reason: `${name} has the same key`,
      do: { kind: 'run', argv: ['install', '-m', '0600', diskKeyFile(facts.paths, from), file] },
      undo: { kind: 'remove', path: file },
    },
  ]
}

export function dropKeyStep({ name, path }: Keyed, facts: HostFacts): Step {
  return {
    reason: `without its key nobody ever reads ${name} again`,
    do: { kind: 'remove', path: diskKeyFile(facts.paths, path) },
    undo: cannotUndo('a deleted key cannot be brought back'),
  }
}

/** Around the steps that need it; `work` is told where it lies. */
export function withKey(disk: Keyed, facts: HostFacts, work: (lent: string) => readonly Step[]): Step[] {
  const directory = lentKeyDirectory(facts.paths)
  const lent = `${directory}/${disk.name}.key`
  return [
    {
      reason: 'keys that are lent lie in memory',
      do: { kind: 'mkdir', path: directory, mode: 0o711 },
      undo: noUndo('an empty directory is as good as none'),
    },
    lendKeyStep(disk, lent, facts),
    ...work(lent),
    takeKeyBackStep(disk.name, lent),
  ]
}
