/** weft vm policy */
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given } from '../../values.ts'

const ENDS = ['destroy', 'restart', 'preserve'] as const
type End = (typeof ENDS)[number]

export const command = declareCommand(
  {
    words: 'vm policy',
    summary: 'what becomes of a machine when its guest powers off, reboots or crashes',
    about:
      'destroy: it is stopped. restart: it begins anew; when it ends again and again, later and later, up to a minute. preserve: it stands still ' +
      'for a look at it. A crash is a panic of its kernel, or the end of a QEMU that nobody asked to end. Who stops or kills a machine means it: ' +
      'no policy is asked then.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      'on-poweroff': {
        kind: 'text',
        value: 'WHAT',
        choices: ENDS,
        summary: 'the guest powers itself off; destroy',
      },
      'on-reboot': {
        kind: 'text',
        value: 'WHAT',
        choices: ['destroy', 'restart'],
        summary: 'the guest reboots; restart',
      },
      'on-crash': {
        kind: 'text',
        value: 'WHAT',
        choices: ENDS,
        summary: 'its kernel panics, or QEMU dies; destroy',
      },
    },
    examples: [
      ['weft vm policy web --on-crash restart', 'it runs again whatever kills it'],
      ['weft vm policy web --on-crash preserve', 'a panic is kept for a look at it'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name }, flags }, door) => {
    const body = given({
      onPoweroff: flags['on-poweroff'] as End | undefined,
      onReboot: flags['on-reboot'] as Exclude<End, 'preserve'> | undefined,
      onCrash: flags['on-crash'] as End | undefined,
    })
    if (Object.keys(body).length === 0)
      throw new WeftError('invalid-argument', 'it is not said what shall become of the machine', {
        hint: `weft vm policy ${name} --on-crash restart`,
      })
    return change(
      door,
      'setVmPolicy',
      { params: { name }, body },
      { set: `Policy of machine ${name} set`, unchanged: `Machine ${name} has that policy already` },
    )
  },
)
