/** A definition in $EDITOR, its plan, and a question: until it is right, done or given up. What was typed is never lost to a mistake. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChangeView } from '../api/views.ts'
import { WeftError } from '../core/errors.ts'
import type { Door } from './declare.ts'
import { namingSource } from './definition-text.ts'
import { askPerson } from './person.ts'
import { showChange } from './views/change.ts'
import { formatError } from './views/error.ts'

export interface EditedText {
  readonly text: string
  /** The file it was typed in: what is wrong is told with its line. */
  readonly source: string
}

/** One way to define what was typed. */
export interface Way {
  readonly plan: (edited: EditedText) => Promise<ChangeView>
  readonly carryOut: (edited: EditedText) => Promise<void>
}

export interface Draft {
  readonly name: string
  readonly text: string
  readonly format: 'yaml' | 'xml'
  readonly now: Way
  /** Where what runs cannot become so without a stop. */
  readonly later?: Way
}

/** Without a terminal nothing is asked: what is wrong is thrown, and what is right is carried out. */
export async function editDefinition(door: Door, draft: Draft): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'weft-edit-'))
  try {
    await editUntilDone(
      door,
      draft,
      join(directory, `${draft.name.replace(/[^\w.-]/g, '_')}.${draft.format}`),
    )
  } finally {
    rmSync(directory, { recursive: true })
  }
}

async function editUntilDone(door: Door, draft: Draft, file: string): Promise<void> {
  writeFileSync(file, draft.text)
  for (;;) {
    runEditor(file)
    const edited = { text: readFileSync(file, 'utf8'), source: file }
    if (edited.text === draft.text) {
      door.say(`nothing was changed in the definition of ${draft.name}`)
      return
    }
    const planned = await planOf(door, edited, draft.now, draft.later)
    if (planned !== undefined) {
      if (door.isDryRun) showChange(door, planned.view, {})
      else if (!process.stdin.isTTY || (await agrees(door, planned.view))) await planned.way.carryOut(edited)
      return
    }
    if ((await askPerson('Edit again? [Y/n] ')).startsWith('n')) return
  }
}

function runEditor(file: string): void {
  const editor = process.env['VISUAL'] ?? process.env['EDITOR'] ?? 'vi'
  // Through a shell: $EDITOR may hold flags, as in `code --wait`.
  const { status } = spawnSync('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' })
  if (status === 0) return
  throw new WeftError('invalid-argument', `the editor '${editor}' failed; nothing was changed`, {
    hint: 'choose another: EDITOR=nano weft ...',
  })
}

interface Planned {
  readonly view: ChangeView
  readonly way: Way
}

/** Undefined when the definition is refused and a person is there to better it. */
async function planOf(door: Door, edited: EditedText, way: Way, later?: Way): Promise<Planned | undefined> {
  try {
    return { view: await namingSource(edited.source, way.plan(edited)), way }
  } catch (error) {
    if (!(error instanceof WeftError) || !process.stdin.isTTY) throw error
    process.stderr.write(formatError(error, door.hasColour))
    if (error.code !== 'needs-restart' || later === undefined || !(await keepsForLater())) return undefined
    return planOf(door, edited, later)
  }
}

async function keepsForLater(): Promise<boolean> {
  return !(await askPerson('Keep it for the next start? [Y/n] ')).startsWith('n')
}

async function agrees(door: Door, planned: ChangeView): Promise<boolean> {
  door.say(planned.script)
  for (const note of planned.notes) door.say(note)
  return !(await askPerson('Do this? [Y/n] ')).startsWith('n')
}
