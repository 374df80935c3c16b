/** weft disk check */
import { ask, change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'disk check',
    summary: 'look for errors in a disk that no machine has open, or repair them',
    arguments: [{ name: 'DISK', summary: 'its name', completes: 'disk' }],
    flags: { repair: { kind: 'switch', summary: 'put right what is wrong' } },
    examples: [
      ['weft disk check web', 'ends with 1 when there are errors'],
      ['weft disk check web --repair', 'after a power cut'],
    ],
    changes: true,
  },
  async ({ arguments: { DISK: name }, flags }, door) => {
    if (flags.repair)
      return change(
        door,
        'repairDisk',
        { params: { name } },
        { repaired: `Disk ${name} repaired`, 'was-good': `Disk ${name} has no errors` },
      )
    const found = await ask(door, 'checkDisk', { params: { name } })
    const { errors, leaks } = found
    const lost =
      leaks === 0 ? '' : `; ${String(leaks)} clusters are lost room (weft disk check ${name} --repair)`
    const text = errors === 0 ? `Disk ${name} has no errors` : `Disk ${name} has ${String(errors)} errors`
    door.show(found, `${text}${lost}\n`)
    return errors === 0 ? undefined : 1
  },
)
