/** The file of a lab, and the flags that `plan`, `apply` and `diff` share. */
import type { LabChangeView } from '../api/lab-contract.ts'
import { ask } from './ask.ts'
import type { Door } from './declare.ts'
import { namingSource, readDefinition } from './definition-text.ts'

export const LAB_FLAGS = {
  file: {
    kind: 'text',
    short: 'f',
    value: 'FILE',
    summary: 'the lab as YAML or JSON; -, or no flag: what comes through the pipe',
    completes: 'file',
  },
  adopt: { kind: 'switch', summary: 'what exists already and belongs to no lab becomes its own' },
  restart: {
    kind: 'switch',
    summary: 'what cannot change while a machine runs is changed by stopping it and starting it again',
  },
  'delete-disks': {
    kind: 'switch',
    summary: 'disks of machines that go are deleted, unless others use them; they do not come back',
  },
} as const

export interface LabFlags {
  readonly file: string | undefined
  readonly adopt: boolean
  readonly restart: boolean
  readonly 'delete-disks': boolean
}

export async function sendLab(
  door: Door,
  { file, adopt, restart, 'delete-disks': deleteDisks }: LabFlags,
  {
    words,
    dryRun,
    diff = false,
    script = false,
  }: { readonly words: string; readonly dryRun: boolean; readonly diff?: boolean; readonly script?: boolean },
): Promise<LabChangeView> {
  const body = await readDefinition(file, `${words} -f`)
  const query = {
    ...(deleteDisks ? { deleteDisks } : {}),
    ...(diff ? { diff } : {}),
    ...(script ? { script } : {}),
    ...(adopt ? { adopt } : {}),
    ...(restart ? { restart } : {}),
    ...(dryRun ? { dryRun } : {}),
  }
  return namingSource(body.source, ask(door, 'applyLab', { body, query }))
}
