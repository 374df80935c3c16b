/** weft vm set */
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand, type Door } from '../../declare.ts'
import { HARDWARE_FLAGS, hardwareOf } from '../../hardware-flags.ts'

const AUTO = 'auto'

export const command = declareCommand(
  {
    words: 'vm set',
    summary: 'change what a machine is made of, or fix its address',
    about:
      'Processors and memory change at once in a machine that runs, up to what it was started with room for; all else holds from its next start. ' +
      'An address is for the NIC whose network it belongs to. It is told to DHCP at once; a guest that runs has its old one until it renews ' +
      'its lease. Machines keep their address anyway, until they are deleted: this is for those who want to say which.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      ...HARDWARE_FLAGS,
      ip: {
        kind: 'list',
        value: 'ADDRESS',
        summary: 'IPv4 or IPv6, once each; auto: it need not be this one any more',
      },
    },
    examples: [
      ['weft vm set web --cpus 4 --memory 2G', 'also while it runs, where it has room for that'],
      ['weft vm set web --cpus 2,max=8 --max-memory 8G', 'room for more from its next start on'],
      ['weft vm set web --ip 192.168.122.50', 'web always has this address'],
      [
        'weft vm set web --ip auto',
        'it keeps what it has, and weft may choose when that is no longer to be had',
      ],
    ],
    changes: true,
  },
  ({ arguments: { VM: name }, flags }, door) => {
    const body = hardwareOf(flags)
    const isHardware = Object.keys(body).length > 0
    if (isHardware && flags.ip.length > 0)
      throw new WeftError('invalid-argument', 'hardware and addresses are changed one after the other', {
        hint: `weft vm set ${name} --ip ${flags.ip.join(' --ip ')}`,
      })
    if (!isHardware) return setAddresses(name, flags.ip, door)
    const sentences = {
      set: `Hardware of machine ${name} set`,
      'already-set': `Machine ${name} has that hardware already`,
    }
    return change(door, 'setVmHardware', { params: { name }, body }, sentences)
  },
)

function setAddresses(name: string, words: readonly string[], door: Door): Promise<undefined> {
  const ips = words.filter((word) => word !== AUTO)
  if (words.length === 0 || (ips.length > 0 && ips.length < words.length)) {
    throw new WeftError('invalid-argument', 'it is not said what shall change', {
      hint: '--cpus 4, --memory 2G, --ip 192.168.122.50, or --ip auto alone; weft vm set --help has more',
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
}
