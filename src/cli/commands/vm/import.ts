/** weft vm import: a QEMU line or libvirt's XML becomes a machine, shown as a plan before it does */
import { existsSync } from 'node:fs'
import type { CallInput } from '../../../api/client.ts'
import { WeftError } from '../../../core/errors.ts'
import { ask, change } from '../../ask.ts'
import { declareCommand, type Door } from '../../declare.ts'
import { namingSource, readDefinition, type DefinitionText } from '../../definition-text.ts'
import { askPerson } from '../../person.ts'
import { given } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'vm import',
    summary: 'make a machine of a QEMU line, or of one that libvirt has',
    about:
      'Every word is told of: what became of it, why it is not needed, or what there is instead; what matters and is not supported is ' +
      'refused at its place. Disks stay where they are. Nothing is changed before you say yes; without a terminal it is done at once.',
    arguments: [
      { name: 'VM', summary: 'what it is called here; default: as it says itself', optional: true },
    ],
    flags: {
      'from-command': {
        kind: 'text',
        value: 'LINE',
        summary:
          "'qemu-system-x86_64 ...', or a file with such a line or script, or - for what comes through the pipe",
        completes: 'file',
      },
      'from-libvirt': {
        kind: 'text',
        value: 'FILE',
        summary: 'domain XML that libvirt has written, or - for what comes through the pipe',
        completes: 'file',
      },
      net: {
        kind: 'list',
        value: '[FROM=]NETWORK',
        summary: 'plug its NICs into this network; with FROM= only those that are on that network or bridge',
      },
    },
    examples: [
      [
        "weft vm import --from-command 'qemu-system-x86_64 -hda web.img -m 2G -smp 2'",
        'a machine as it was typed',
      ],
      [
        'weft vm import web --from-command ./run-web.sh --net br0=lan',
        'of a script, on the network of your own',
      ],
      ['virsh dumpxml web | weft vm import --from-libvirt -', 'one that libvirt has'],
    ],
    changes: true,
  },
  async ({ arguments: { VM: name }, flags }, door) => {
    const { 'from-command': line, 'from-libvirt': file } = flags
    if ((line === undefined) === (file === undefined))
      throw new WeftError('invalid-argument', 'a machine is imported from one thing', {
        hint: "--from-command 'qemu-system-x86_64 ...', or --from-libvirt FILE",
      })
    const text = line === undefined ? await readDefinition(file, WORDS) : await readLine(line)
    const from = line === undefined ? ('libvirt' as const) : ('command' as const)
    const nets = flags.net.length === 0 ? undefined : flags.net
    const home = process.env['HOME']
    const body = { ...text, from, directory: process.cwd(), ...given({ name, nets, home }) }
    const isAsked = process.stdin.isTTY && !door.isDryRun && !door.isJson
    const source = text.source ?? 'the command'
    if (isAsked && !(await namingSource(source, agrees(door, body)))) return 1
    await namingSource(source, change(door, 'importVm', { body }, { defined: 'Machine imported' }))
    return undefined
  },
)

const WORDS = 'vm import'

/** A line as it is, unless it is the name of a file. */
async function readLine(line: string): Promise<DefinitionText> {
  const isText = /\s/.test(line) && !existsSync(line)
  return isText ? { text: line } : readDefinition(line, WORDS)
}

async function agrees(door: Door, body: CallInput<'importVm'>['body']): Promise<boolean> {
  const view = await ask(door, 'importVm', { body, query: { dryRun: true } })
  for (const note of view.notes) door.say(note)
  door.say(view.script)
  return !(await askPerson('Do this? [Y/n] ')).startsWith('n')
}
