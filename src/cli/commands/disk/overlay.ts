/** weft disk overlay */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { VM_DISK } from '../../disk-job.ts'
import { diskOf, given } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'disk overlay',
    summary: 'put an empty image over a disk, which keeps what is written from then on',
    about:
      "What the disk has is not written to any more as long as the overlay is there. 'weft disk commit' puts both together again, " +
      "'weft disk pull' makes the overlay a disk of its own.",
    arguments: VM_DISK,
    flags: {
      name: { kind: 'text', value: 'NAME', summary: 'of the overlay; default: the next that is free' },
      pool: { kind: 'text', value: 'POOL', summary: 'where it lies; default is built in', completes: 'pool' },
    },
    examples: [
      ['weft disk overlay web web', 'from now on the guest writes to disk web-1'],
      ['weft disk overlay web web --name trial', 'the same under another name'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, DISK: disk }, flags: { name: overlay, pool } }, door) => {
    const body = given({ name: overlay === undefined ? undefined : diskOf(overlay), pool })
    const params = { name, disk: diskOf(disk) }
    return change(
      door,
      'overlayDisk',
      { params, body },
      {
        overlaid: `Machine ${name} writes to an overlay of ${disk}`,
      },
    )
  },
)
