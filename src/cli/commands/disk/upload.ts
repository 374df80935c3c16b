/** weft disk upload */
import { waiting } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { placeOf, sizeOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'disk upload',
    summary: 'give a disk the bytes of a file, as they are',
    about:
      "The file becomes that of the disk, in the disk's format; a qcow2 disk takes a qcow2 image. They come into a file beside, which takes the place of the disk's " +
      'own when it is whole: a broken connection leaves the disk as it was. With --offset only a part is replaced, and the rest stays. Holes, and blocks of zeros, are ' +
      'not sent and need no room. Refused while a machine runs with the disk, and for a disk that others begin with.',
    arguments: [
      { name: 'DISK', summary: 'its name', completes: 'disk' },
      { name: 'FILE', summary: 'what it gets; - (the default) is stdin', optional: true, completes: 'file' },
    ],
    flags: {
      offset: { kind: 'text', value: 'SIZE', summary: 'where in the file of the disk; the rest stays' },
      length: { kind: 'text', value: 'SIZE', summary: 'at most so many bytes of FILE' },
    },
    examples: [
      ['weft disk upload web web.qcow2', 'all of it'],
      ['zstdcat web.raw.zst | weft disk upload web-raw -', 'from a pipe'],
      ['weft disk upload web-raw mbr.bin --offset 0 --length 512', 'the first sector only'],
    ],
    changes: true,
  },
  async ({ arguments: { DISK: name, FILE: file = '-' }, flags }, door) => {
    const offset = flags.offset === undefined ? undefined : placeOf(flags.offset, '--offset')
    const length = flags.length === undefined ? undefined : sizeOf(flags.length, '--length')
    const [{ readSource, telling }, { sendDiskBytes }, { showChange }] = await Promise.all([
      import('../../disk-bytes.ts'),
      import('../../../api/disk-stream.ts'),
      import('../../views/change.ts'),
    ])
    // Of a dry run weftd asks for none of it.
    const source = await readSource(file, length)
    const order = { name, offset, isDryRun: door.isDryRun }
    const view = await waiting(door, sendDiskBytes(door.connection, order, telling(name, source)))
    showChange(door, view, { uploaded: `Disk ${name} uploaded` })
    return undefined
  },
)
