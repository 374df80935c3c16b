/** weft vm cp: one file into a guest, or out of it */
import { createReadStream } from 'node:fs'
import { chmod, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { WeftError } from '../../../core/errors.ts'
import { waiting } from '../../ask.ts'
import { declareCommand, type Door } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'vm cp',
    summary: 'copy a file into a running machine or out of it, by the agent in its guest',
    about:
      'What is in the guest is VM:/PATH, an absolute path. The copy has its name when it is whole, and not before, and the permissions of what it ' +
      'was copied from; a guest without a shell, such as Windows, has it written in place. Directories go as archives: tar c DIR | weft vm cp - VM:/PATH.',
    arguments: [
      { name: 'FROM', summary: 'a file, or VM:/PATH; - is standard input', completes: 'file' },
      {
        name: 'TO',
        summary: 'VM:/PATH, also ending in /, or a file; - is standard output',
        completes: 'file',
      },
    ],
    flags: {},
    examples: [
      ['weft vm cp nginx.conf web:/etc/nginx/', 'into the guest, under the same name'],
      ['weft vm cp web:/var/log/syslog syslog', 'out of it'],
      ['tar c site | weft vm cp - web:/tmp/site.tar', 'a pipe'],
    ],
    changes: false,
  },
  async ({ arguments: { FROM: from, TO: to } }, door) => {
    const [source, target] = [guestPath(from), guestPath(to)]
    if (source !== undefined && target === undefined) return copyOut(door, source, to)
    if (source === undefined && target !== undefined) return copyIn(door, from, target)
    const message = source === undefined ? 'neither of them is in a machine' : 'both of them are in machines'
    throw new WeftError('invalid-argument', message, { hint: 'weft vm cp motd web:/etc/motd' })
  },
)

interface InGuest {
  readonly name: string
  readonly path: string
}

/** A file here whose name has a colon is written with ./ before it. */
function guestPath(word: string): InGuest | undefined {
  const [, name, path] = /^([^/:]+):(.+)$/s.exec(word) ?? []
  return name === undefined || path === undefined ? undefined : { name, path }
}

async function copyIn(door: Door, file: string, target: InGuest): Promise<undefined> {
  const { sendGuestFile } = await import('../../../api/guest-file-stream.ts')
  const isPipe = file === '-'
  if (isPipe && target.path.endsWith('/'))
    throw new WeftError('invalid-argument', 'what comes from a pipe has no name of its own', {
      hint: `weft vm cp - ${target.name}:${target.path}NAME`,
    })
  const path = target.path.endsWith('/') ? `${target.path}${basename(file)}` : target.path
  const mode = isPipe ? undefined : await modeOf(file)
  const pieces = (isPipe ? process.stdin : createReadStream(file)) as AsyncIterable<Uint8Array>
  const sent = sendGuestFile(door.connection, { name: target.name, path, mode }, pieces)
  const { bytes, isInPlace } = await waiting(door, sent)
  if (isInPlace) door.say('the guest has no shell that its agent may run: the file was written in place')
  door.show({ vm: target.name, path, bytes, isInPlace }, `${file} copied to ${target.name}:${path}\n`)
  return undefined
}

/** In octal. */
async function modeOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined)
    throw new WeftError('not-found', `there is no file '${file}'`, { hint: `ls -l ${file}` })
  if (found.isDirectory())
    throw new WeftError('invalid-argument', `'${file}' is a directory`, {
      hint: `tar c ${file} | weft vm cp - VM:/tmp/${basename(file)}.tar`,
    })
  return (found.mode & 0o777).toString(8).padStart(3, '0')
}

async function copyOut(door: Door, { name, path }: InGuest, to: string): Promise<undefined> {
  const [{ openGuestFile }, { writeTarget }] = await Promise.all([
    import('../../../api/guest-file-stream.ts'),
    import('../../disk-bytes.ts'),
  ])
  const isDirectory = (await stat(to).catch(() => undefined))?.isDirectory() === true
  const file = isDirectory ? `${to.replace(/\/+$/, '')}/${basename(path)}` : to
  const { mode, pieces } = await openGuestFile(door.connection, { name, path })
  const bytes = await waiting(door, writeTarget(file, pieces))
  if (file === '-') return undefined
  if (mode !== undefined) await chmod(file, Number.parseInt(mode, 8) & 0o777)
  door.show({ vm: name, path, file, bytes }, `${name}:${path} copied to ${file}\n`)
  return undefined
}
