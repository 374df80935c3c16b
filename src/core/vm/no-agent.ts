/** What is said where no agent listens in a guest. */
import { WeftError } from '../errors.ts'

/** Where nobody has opened the channel, an answer would only be waited for. */
export function noAgent(): WeftError {
  return new WeftError('wrong-state', 'no agent is running in the guest', {
    hint: 'in the guest: apt-get install qemu-guest-agent (cloud images may need: systemctl start qemu-guest-agent)',
  })
}
