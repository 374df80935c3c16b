/** weft net edit: the definition in $EDITOR, its plan, and a question */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call } from '../../../api/client.ts'
import type { ChangeView } from '../../../api/views.ts'
import { WeftError } from '../../../core/errors.ts'
import { declareCommand } from '../../declare.ts'
import type { Door } from '../../declare.ts'
import { namingSource } from '../../definition-text.ts'
import { askPerson } from '../../person.ts'
import { showChange } from '../../views/change.ts'
import { formatError } from '../../views/error.ts'

export const command = declareCommand(
  {
    words: 'net edit',
    summary: 'change the definition of a network in an editor',
    about:
      'Opens $VISUAL, $EDITOR or vi. What is saved is checked; its plan is shown, and nothing is changed before you ' +
      'say yes. Without a terminal the plan is carried out at once.',
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: { xml: { kind: 'switch', summary: 'as libvirt XML; default is YAML' } },
    examples: [
      ['weft net edit default', 'as YAML'],
      ['EDITOR=nano weft net edit default --xml', 'as libvirt XML, in nano'],
    ],
    changes: true,
  },
  async ({ arguments: { NETWORK: name }, flags }, door) => {
    const format = flags.xml ? 'xml' : 'yaml'
    const { text } = await call(door.connection, 'networkDefinition', { params: { name }, query: { format } })
    const directory = mkdtempSync(join(tmpdir(), 'weft-edit-'))
    try {
      await editUntilDone(door, {
        name,
        text,
        file: join(directory, `${name.replace(/[^\w.-]/g, '_')}.${format}`),
      })
    } finally {
      rmSync(directory, { recursive: true })
    }
    return undefined
  },
)

interface Draft {
  readonly name: string
  readonly text: string
  readonly file: string
}

async function editUntilDone(door: Door, { name, text, file }: Draft): Promise<void> {
  writeFileSync(file, text)
  for (;;) {
    runEditor(file)
    const edited = readFileSync(file, 'utf8')
    if (edited === text) {
      door.say(`nothing was changed in the definition of ${name}`)
      return
    }
    const body = { text: edited, source: file }
    const planned = await plan(door, body)
    if (planned !== undefined) {
      if (door.isDryRun) {
        showChange(door, planned, {})
        return
      }
      if (!process.stdin.isTTY || (await agrees(door, planned))) {
        const view = await call(door.connection, 'defineNetwork', { body })
        showChange(door, view, {
          defined: `Network ${name} edited`,
          unchanged: `Network ${name} is as it was`,
        })
      }
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
    hint: 'EDITOR=nano weft net edit ...',
  })
}

/** Undefined when the definition is refused and a person is there to better it. */
async function plan(door: Door, body: { text: string; source: string }): Promise<ChangeView | undefined> {
  try {
    const planned = call(door.connection, 'defineNetwork', { body, query: { dryRun: true } })
    return await namingSource(body.source, planned)
  } catch (error) {
    if (!(error instanceof WeftError) || !process.stdin.isTTY) throw error
    process.stderr.write(formatError(error, door.hasColour))
    return undefined
  }
}

async function agrees(door: Door, planned: ChangeView): Promise<boolean> {
  door.say(planned.script)
  for (const note of planned.notes) door.say(note)
  return !(await askPerson('Do this? [Y/n] ')).startsWith('n')
}
