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
    summary: 'change a network in an editor, while it runs',
    about:
      'Opens $VISUAL, $EDITOR or vi. What is saved is checked; its plan is shown, with who would notice what, and nothing is changed ' +
      'before you say yes. Without a terminal the plan is carried out at once. A network that runs becomes as defined without stopping; ' +
      'where that cannot be, it says so, and keeps the definition for the next start if you want.',
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: {
      xml: { kind: 'switch', summary: 'as libvirt XML; default is YAML' },
      config: { kind: 'switch', summary: 'only the definition: a network that runs goes on as it is' },
    },
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
        isLive: !flags.config,
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
  /** The network that runs is changed as well. */
  readonly isLive: boolean
  readonly file: string
}

async function editUntilDone(door: Door, draft: Draft): Promise<void> {
  const { name, text, file } = draft
  writeFileSync(file, text)
  for (;;) {
    runEditor(file)
    const edited = readFileSync(file, 'utf8')
    if (edited === text) {
      door.say(`nothing was changed in the definition of ${name}`)
      return
    }
    const body = { text: edited, source: file }
    const planned = await plan(door, body, draft.isLive)
    if (planned !== undefined) {
      if (door.isDryRun) showChange(door, planned.view, {})
      else if (!process.stdin.isTTY || (await agrees(door, planned.view)))
        await carryOut(door, body, name, planned.isLive)
      return
    }
    if ((await askPerson('Edit again? [Y/n] ')).startsWith('n')) return
  }
}

interface Body {
  readonly text: string
  readonly source: string
}

async function carryOut(door: Door, body: Body, name: string, isLive: boolean): Promise<void> {
  const view = await call(door.connection, 'defineNetwork', { body, query: liveQuery(isLive) })
  showChange(door, view, {
    defined: `Network ${name} edited`,
    updated: `Network ${name} edited, and changed while it runs`,
    unchanged: `Network ${name} is as it was`,
  })
}

const liveQuery = (isLive: boolean): { live?: boolean } => (isLive ? { live: true } : {})

function runEditor(file: string): void {
  const editor = process.env['VISUAL'] ?? process.env['EDITOR'] ?? 'vi'
  // Through a shell: $EDITOR may hold flags, as in `code --wait`.
  const { status } = spawnSync('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' })
  if (status === 0) return
  throw new WeftError('invalid-argument', `the editor '${editor}' failed; nothing was changed`, {
    hint: 'EDITOR=nano weft net edit ...',
  })
}

interface Planned {
  readonly view: ChangeView
  readonly isLive: boolean
}

/** Undefined when the definition is refused and a person is there to better it. */
async function plan(door: Door, body: Body, isLive: boolean): Promise<Planned | undefined> {
  try {
    const planned = call(door.connection, 'defineNetwork', {
      body,
      query: { dryRun: true, ...liveQuery(isLive) },
    })
    return { view: await namingSource(body.source, planned), isLive }
  } catch (error) {
    if (!(error instanceof WeftError) || !process.stdin.isTTY) throw error
    process.stderr.write(formatError(error, door.hasColour))
    if (error.code !== 'needs-restart' || !(await keepsForLater())) return undefined
    return plan(door, body, false)
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
