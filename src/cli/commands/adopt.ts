/** weft adopt: what libvirt has becomes weft's, shown as a plan before it does */
import type { AdoptedView } from '../../api/adopt-contract.ts'
import { WeftError } from '../../core/errors.ts'
import { ask } from '../ask.ts'
import { declareCommand } from '../declare.ts'
import { readInstallation } from '../libvirt-installation.ts'
import { askPerson } from '../person.ts'
import { formatAdopted } from '../views/adopted.ts'

export const command = declareCommand(
  {
    words: 'adopt',
    summary: 'take over the networks, pools and machines that libvirt has',
    about:
      "Reads libvirt's files and changes none of them. UUIDs, MACs and the addresses that guests had are kept; disks stay where they are. What " +
      'cannot be taken is told with the reason, and the rest comes as one change, which weft undo takes back. Nothing is changed before you ' +
      'say yes; without a terminal it is done at once.',
    arguments: [
      {
        name: 'DIRECTORY',
        summary: "libvirt's own, or a copy; default: /etc/libvirt",
        optional: true,
        completes: 'file',
      },
    ],
    flags: { 'from-libvirt': { kind: 'switch', summary: 'from libvirt, the one that is known so far' } },
    examples: [
      ['weft adopt --from-libvirt --dry-run', 'what would come, and what would not'],
      ['weft adopt --from-libvirt', 'of this host'],
      ['weft adopt --from-libvirt /mnt/old/etc/libvirt', 'of a disk of another one'],
    ],
    changes: true,
  },
  async ({ arguments: { DIRECTORY: directory = '/etc/libvirt' }, flags }, door) => {
    if (!flags['from-libvirt'])
      throw new WeftError('invalid-argument', 'weft adopts from libvirt', {
        hint: 'weft adopt --from-libvirt',
      })
    const body = readInstallation(directory)
    const show = (view: AdoptedView, isPlan: boolean): string =>
      formatAdopted(view, { hasColour: door.hasColour, isPlan, directory })
    const isAsked = process.stdin.isTTY && !door.isDryRun && !door.isJson
    if (isAsked) {
      const foreseen = await ask(door, 'adoptLibvirt', { body, query: { dryRun: true } })
      door.say(show(foreseen, true))
      if (foreseen.steps.length === 0) return undefined
      if ((await askPerson('Do this? [Y/n] ')).startsWith('n')) return 1
    }
    const view = await ask(door, 'adoptLibvirt', { body, query: door.isDryRun ? { dryRun: true } : {} })
    if (!door.isJson) for (const note of view.notes) door.say(note)
    door.show(view, show(view, door.isDryRun))
    if (view.change !== null && door.width !== undefined && !door.isJson)
      door.say(`(change ${String(view.change)}: 'weft undo' takes it back)`)
    return undefined
  },
)
