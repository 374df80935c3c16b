/** One thing of a network changed: libvirt's numbers for what is done to which section, and its XML of the entry. */
import { updateNetwork } from '../../app/update-network.ts'
import { readNetworkUpdate } from '../../definition/network-entry.ts'
import type { CallName } from '../wire/procedures.ts'
import { fail } from './failures.ts'
import { stateOfNetwork } from './find-network.ts'
import type { Handlers } from './handler.ts'
import { updateMistake } from './update-mistakes.ts'

/** virNetworkUpdateCommand. */
const COMMANDS: Readonly<Record<number, string>> = { 1: 'modify', 2: 'delete', 3: 'add-last', 4: 'add-first' }
/** virNetworkUpdateSection. */
const SECTIONS: Readonly<Record<number, string>> = {
  1: 'bridge',
  2: 'domain',
  3: 'ip',
  4: 'ip-dhcp-host',
  5: 'ip-dhcp-range',
  6: 'forward',
  7: 'forward-interface',
  8: 'forward-pf',
  9: 'portgroup',
  10: 'dns-host',
  11: 'dns-txt',
  12: 'dns-srv',
}
/** virNetworkUpdateFlags; neither: whatever it is now. */
const LIVE = 1
const CONFIG = 2

export const NETWORK_UPDATE_HANDLERS = {
  NETWORK_UPDATE: async ({ app, change }, { net, command, section, parentIndex, xml, flags }) => {
    const { spec, isActive } = await stateOfNetwork(app, net)
    const [verb, place] = [COMMANDS[command], SECTIONS[section]]
    if (verb === undefined || place === undefined)
      throw fail(
        'invalidArgument',
        'network',
        `command ${String(command)} or section ${String(section)} is not known`,
      )
    if ((flags & LIVE) !== 0 && !isActive) throw fail('invalid', 'network', 'network is not running')
    const parent = parentIndex < 0 ? {} : { parentIndex }
    const isCurrent = (flags & (LIVE | CONFIG)) === 0
    const live = isCurrent ? isActive : (flags & LIVE) !== 0
    const config = isCurrent ? !isActive : (flags & CONFIG) !== 0
    try {
      const update = await readNetworkUpdate({ command: verb, section: place, entry: [xml], ...parent })
      await updateNetwork(app, spec.name, update, { ...change, live, config })
    } catch (error) {
      throw updateMistake(error, place, spec.name, xml)
    }
    return {}
  },
} as const satisfies Partial<Handlers<Extract<CallName, 'NETWORK_UPDATE'>>>
