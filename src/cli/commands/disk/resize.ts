/** weft disk resize */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { sizeOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'disk resize',
    summary: 'give a disk another size',
    arguments: [
      { name: 'DISK', summary: 'its name', completes: 'disk' },
      { name: 'SIZE', summary: 'as 20G' },
    ],
    flags: { shrink: { kind: 'switch', summary: 'also when the end is cut off: what is there is lost' } },
    examples: [
      ['weft disk resize web 20G', 'make it larger; the guest sees the room and has to grow its filesystem'],
      ['weft disk resize web 5G --shrink', 'cut off its end'],
    ],
    changes: true,
  },
  ({ arguments: { DISK: name, SIZE: size }, flags }, door) => {
    const body = { size: sizeOf(size, 'SIZE'), ...(flags.shrink ? { mayShrink: true } : {}) }
    return change(
      door,
      'resizeDisk',
      { params: { name }, body },
      {
        resized: `Disk ${name} resized to ${size}`,
        'has-that-size': `Disk ${name} has that size already`,
      },
    )
  },
)
