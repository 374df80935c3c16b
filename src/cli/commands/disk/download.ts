/** weft disk download */
import { WeftError } from '../../../core/errors.ts'
import { waiting } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { placeOf, sizeOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'disk download',
    summary: 'write the file of a disk into a file here, as it is',
    about:
      "Its bytes in the disk's own format, with holes where it has holes. FILE is there when it is whole, and not before. Refused while a machine runs with the disk: " +
      'weft backup create takes what is on it then. A disk that begins with another one has only what is its own in its file.',
    arguments: [
      { name: 'DISK', summary: 'its name', completes: 'disk' },
      {
        name: 'FILE',
        summary: 'what is written; - (the default) is stdout',
        optional: true,
        completes: 'file',
      },
    ],
    flags: {
      offset: { kind: 'text', value: 'SIZE', summary: 'from there on' },
      length: { kind: 'text', value: 'SIZE', summary: 'at most so many bytes' },
    },
    examples: [
      ['weft disk download web web.qcow2', 'all of it'],
      ['weft disk download web-raw | zstd > web.raw.zst', 'into a pipe'],
      ['weft disk download web-raw mbr.bin --length 512', 'the first sector only'],
    ],
    changes: false,
  },
  async ({ arguments: { DISK: name, FILE: file = '-' }, flags }, door) => {
    if (file === '-' && door.width !== undefined)
      throw new WeftError('invalid-argument', 'the bytes of a disk would only make a mess of this terminal', {
        hint: `weft disk download ${name} FILE`,
      })
    const range = {
      name,
      offset: flags.offset === undefined ? undefined : placeOf(flags.offset, '--offset'),
      length: flags.length === undefined ? undefined : sizeOf(flags.length, '--length'),
    }
    const [{ telling, writeTarget }, { openDiskBytes }] = await Promise.all([
      import('../../disk-bytes.ts'),
      import('../../../api/disk-stream.ts'),
    ])
    const source = await openDiskBytes(door.connection, range)
    const bytes = await waiting(door, writeTarget(file, telling(name, source)))
    if (file !== '-') door.show({ disk: name, file, bytes }, `Disk ${name} downloaded to ${file}\n`)
    return undefined
  },
)
