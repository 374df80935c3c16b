/** Making the seed: a small read-only disk that cloud-init finds by its label, made anew at each start and gone with the run directory. */
import { run, type WriteAction } from '../plan/action.ts'
import { noUndo, type Step } from '../plan/plan.ts'
import { SEED_LABEL, holdsSecrets, seedFiles, type SeedFileName } from './cloud-init.ts'
import { vmFiles, type VmContext } from './context.ts'
import type { VmSpec } from './spec.ts'

/** The first of a start: while the run directory is still root's alone, nobody can put something of their own in the seed's way. */
export function seedSteps(wanted: VmSpec, context: VmContext): Step[] {
  const { name, cloudInit } = wanted
  if (cloudInit === undefined) return []
  const { paths, qemuUser } = context.facts
  const { directory, seed } = vmFiles(paths, name)
  const place = seed.slice(0, seed.lastIndexOf('/'))
  const owner = { uid: 0, gid: qemuUser.owner.gid }
  const texts = seedFiles({ ...wanted, cloudInit }, context.addressing ?? [])
  const files = Object.entries(texts) as [SeedFileName, string][]
  return [
    {
      reason: `the seed of ${name} lies where nobody but root and QEMU's user may look`,
      do: { kind: 'mkdir', path: place, mode: 0o750, owner },
      undo: { kind: 'remove', path: directory },
    },
    ...files.map(([file, content]): Step => {
      const secret = file === 'user-data' && holdsSecrets(wanted) ? ({ isSecret: true } as const) : {}
      const write: WriteAction = { kind: 'write', path: `${place}/${file}`, content, mode: 0o600, ...secret }
      return { reason: `cloud-init is told ${WHAT[file]}`, do: write, undo: noUndo(GOES_ALONG) }
    }),
    {
      reason: `the disk with that is root's; QEMU's user may only read it`,
      do: { kind: 'write', path: seed, content: '', mode: 0o640, owner },
      undo: noUndo(GOES_ALONG),
    },
    {
      reason: `the guest of ${name} finds all of that on a disk with the label ${SEED_LABEL}`,
      do: run('xorriso', ...imageWords(seed), ...files.map(([file]) => `${place}/${file}`)),
      undo: noUndo(GOES_ALONG),
    },
  ]
}

const GOES_ALONG = "the seed's directory takes it along"

const WHAT: Readonly<Record<SeedFileName, string>> = {
  'meta-data': 'who this machine is and who may log in',
  'user-data': 'what its owner wants done',
  'vendor-data': "by what name the image's user goes",
  'network-config': 'how each NIC gets its addresses',
}

/** One seed is like the next: dates of files and volume are fixed. Rock Ridge keeps names and modes, Joliet names for everybody else. */
function imageWords(path: string): string[] {
  const date = '1980010100000000'
  const dates = ['--set_all_file_dates', date, `--modification-date=${date}`]
  return ['-as', 'mkisofs', '-quiet', '-V', SEED_LABEL, '-R', '-J', '-no-pad', ...dates, '-o', path]
}
