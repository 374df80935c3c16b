/** weft vm set */
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

const AUTO = 'auto'

export const command = declareCommand(
  {
    words: 'vm set',
    summary: 'fix the address of a machine',
    about:
      'An address is for the NIC whose network it belongs to. It is told to DHCP at once; a guest that runs has its old one until it renews ' +
      'its lease. Machines keep their address anyway, until they are deleted: this is for those who want to say which.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      ip: {
        kind: 'list',
        value: 'ADDRESS',
        summary: 'IPv4 or IPv6, once each; auto: it need not be this one any more',
      },
    },
    examples: [
      ['weft vm set web --ip 192.168.122.50', 'web always has this address'],
      ['weft vm set web --ip 192.168.122.50 --dry-run', 'what would be written, and who would be told'],
      [
        'weft vm set web --ip auto',
        'it keeps what it has, and weft may choose when that is no longer to be had',
      ],
    ],
    changes: true,
  },
  ({ arguments: { VM: name }, flags }, door) => {
    const ips = flags.ip.filter((word) => word !== AUTO)
    if (flags.ip.length === 0 || (ips.length > 0 && ips.length < flags.ip.length)) {
      throw new WeftError('invalid-argument', 'it is not said which address the machine shall have', {
        hint: '--ip 192.168.122.50, or --ip auto alone',
      })
    }
    const done =
      ips.length === 0 ? `Machine ${name} keeps what it has` : `Machine ${name} has ${ips.join(' and ')}`
    return change(
      door,
      'setVm',
      { params: { name }, body: { ips } },
      { set: done, 'already-set': `${done} already` },
    )
  },
)
