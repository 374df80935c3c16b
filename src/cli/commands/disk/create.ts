/** weft disk create */
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { readBytes } from '../../read-bytes.ts'
import { diskOf, given, sizeOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'disk create',
    summary: 'create a disk',
    arguments: [{ name: 'DISK', summary: 'its name' }],
    flags: {
      size: { kind: 'text', value: 'SIZE', summary: 'as 10G; may be left out with --backing' },
      format: { kind: 'text', value: 'FORMAT', choices: ['qcow2', 'raw'], summary: 'qcow2 (default) or raw' },
      backing: {
        kind: 'text',
        value: 'FILE',
        summary: 'start with what is in this image, and keep only what changes',
        completes: 'file',
      },
      'backing-format': {
        kind: 'text',
        value: 'FORMAT',
        choices: ['qcow2', 'raw'],
        summary: 'what that image is, when its first bytes are not to be believed',
      },
      encrypt: { kind: 'switch', summary: 'what is written to it lies encrypted (LUKS) on the host' },
      'key-file': {
        kind: 'text',
        value: 'FILE',
        summary: 'with the text in FILE, as it is, as the key; - is stdin; default is a key that weft makes',
        completes: 'file',
      },
      pool: { kind: 'text', value: 'POOL', summary: 'where it lies; default is built in', completes: 'pool' },
    },
    examples: [
      ['weft disk create web --size 10G', 'an empty disk that grows as it fills'],
      ['weft disk create vault --size 10G --encrypt', 'one that nobody reads without its key'],
      ['weft disk create web --backing ./debian-12.qcow2', 'one that begins as a copy of an image, at once'],
    ],
    changes: true,
  },
  async ({ arguments: { DISK: name }, flags }, door) => {
    const more = given({
      size: flags.size === undefined ? undefined : sizeOf(flags.size, '--size'),
      format: flags.format as 'qcow2' | 'raw' | undefined,
      backing: flags.backing === undefined ? undefined : diskOf(flags.backing),
      backingFormat: flags['backing-format'] as 'qcow2' | 'raw' | undefined,
      pool: flags.pool,
      encrypt: flags.encrypt ? true : undefined,
      key: flags['key-file'] === undefined ? undefined : await readKey(flags['key-file']),
    })
    return change(door, 'createDisk', { body: { name, ...more } }, { created: `Disk ${name} created` })
  },
)

/** A newline at its end is a part of it, as for cryptsetup. */
async function readKey(file: string): Promise<string> {
  const bytes = await readBytes(file, 'the key')
  const text = bytes.toString('utf8')
  if (Buffer.from(text).equals(bytes)) return text
  throw new WeftError('invalid-argument', `what is in '${file}' is no text, which QEMU wants a key to be`, {
    hint: `head -c 32 /dev/urandom | base64 -w 0 > ${file}`,
  })
}
