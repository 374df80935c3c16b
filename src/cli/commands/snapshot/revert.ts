/** weft snapshot revert */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'snapshot revert',
    summary: 'put a machine back to a snapshot: disks, definition and memory',
    about:
      'What its disks have now is lost, unless another snapshot has it. With memory it goes on where it was then; without, it is stopped.',
    arguments: [
      { name: 'VM', summary: 'its machine', completes: 'vm' },
      { name: 'SNAPSHOT', summary: 'its name' },
    ],
    flags: { force: { kind: 'switch', summary: 'also when it runs or is saved: that is given up' } },
    examples: [
      ['weft snapshot revert web before-upgrade', 'refused while it runs'],
      ['weft snapshot revert web before-upgrade --force', 'also while it runs'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, SNAPSHOT: snapshot }, flags }, door) => {
    const query = flags.force ? { force: true } : {}
    const reverted = `Machine ${name} is as it was at ${snapshot}`
    const sentences = {
      reverted: `${reverted}, stopped`,
      'reverted-running': `${reverted}, and goes on`,
      'reverted-paused': `${reverted}, paused`,
    }
    return change(door, 'revertSnapshot', { params: { name, snapshot }, query }, sentences)
  },
)
