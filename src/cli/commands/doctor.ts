/** weft doctor */
import { ask } from '../ask.ts'
import { declareCommand } from '../declare.ts'
import { formatDoctor } from '../views/doctor.ts'

export const command = declareCommand(
  {
    words: 'doctor',
    summary: 'why a guest has no network: what is wrong, whose fault it is, and the command that mends it',
    about:
      'Walks the way of a packet, from the NIC of the guest over the switch, DHCP, forwarding, firewalls and routes to the router ' +
      'outside, and stops at the first thing that is wrong. Without a guest it looks at this host, every network that runs and every ' +
      'guest. A machine with a guest agent is looked into as well. It changes nothing; each guest is sent one empty packet. With --probe it ' +
      'also pings guests and the router, asks each dnsmasq for a name and for an address, and takes its time: up to twenty seconds where ' +
      'somebody does not answer. Nothing of that goes beyond the links of this host. The exit code is 1 when something is wrong.',
    arguments: [
      {
        name: 'GUEST',
        summary: 'a machine or namespace; after a colon one of its NICs: web:nic1, web:1, web:lab',
        optional: true,
        completes: 'vm',
      },
    ],
    flags: {
      probe: {
        kind: 'switch',
        summary: 'also try it: pings, a name, an address that is asked for and not taken',
      },
    },
    examples: [
      ['weft doctor web', 'why web has no network'],
      ['weft doctor web --probe', 'what is read is also tried'],
      ['weft doctor', 'whether anything is wrong anywhere'],
      ['weft doctor --json', 'the same for a script'],
    ],
    changes: false,
  },
  async ({ arguments: { GUEST: guest }, flags }, door) => {
    const found = await ask(door, 'doctor', {
      query: { ...(guest === undefined ? {} : { guest }), ...(flags.probe ? { probe: true } : {}) },
    })
    door.show(found, formatDoctor(found, door.hasColour))
    return found.isHealthy ? 0 : 1
  },
)
