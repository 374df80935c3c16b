/** weft net update */
import type { UpdateNetworkRequest } from '../../../api/requests.ts'
import { change } from '../../ask.ts'
import { WeftError } from '../../../core/errors.ts'
import { declareCommand } from '../../declare.ts'
import { readDefinition } from '../../definition-text.ts'
import { countOf, given } from '../../values.ts'

const COMMANDS = ['add', 'add-first', 'add-last', 'modify', 'delete'] as const

export const command = declareCommand(
  {
    words: 'net update',
    summary: 'change one thing of a network, while it runs',
    about:
      'Guests keep their links, addresses and connections; --dry-run says of every step whether they notice it. Sections are those of ' +
      'virsh net-update (ip-dhcp-host or host, ip-dhcp-range or range, dns-host, dns-txt, dns-srv, forward, forward-interface, portgroup, ' +
      'domain, ip, bridge), and dns-forwarder, dns, route, mtu, bandwidth, port, dnsmasq-option. An entry is words (modify changes what they name) or ' +
      'an element of libvirt XML (modify puts it in the place of what was there). Without --live or --config both are changed: the network that runs, and its definition.',
    arguments: [
      { name: 'NETWORK', summary: 'its name', completes: 'network' },
      { name: 'COMMAND', summary: 'add, add-first, add-last, modify or delete' },
      { name: 'SECTION', summary: 'what kind of thing: host, range, dns-host, ...' },
      {
        name: 'ENTRY',
        summary:
          "words such as mac=52:54:00:00:00:07 ip=192.168.122.7, '<host .../>', FILE.xml, or - for stdin",
        optional: true,
        rest: true,
      },
    ],
    flags: {
      live: { kind: 'switch', summary: 'only the network that runs: gone when it stops' },
      config: { kind: 'switch', summary: 'only the definition: for the next start' },
      'parent-index': {
        kind: 'text',
        value: 'N',
        summary: 'host, range: of which address of the network, from 0; default: the one with DHCP',
      },
    },
    examples: [
      [
        'weft net update default add host mac=52:54:00:00:00:07 ip=192.168.122.7 name=web',
        'web always gets that address',
      ],
      ['weft net update default modify host name=web ip=192.168.122.8', 'another one, when it asks again'],
      ['weft net update default add dns-host 192.168.122.7 www intranet', 'two more names for it'],
      ['weft net update default modify range 192.168.122.100-192.168.122.199', 'what other guests are given'],
      [
        'weft net update lab modify forward mode=isolated --dry-run',
        'what it would take, and who would notice',
      ],
      [
        'weft net-update default delete ip-dhcp-host "<host mac=\'52:54:00:00:00:07\'/>" --live --config',
        "virsh's way",
      ],
    ],
    changes: true,
  },
  async ({ arguments: { NETWORK: name, COMMAND: word, SECTION: section, ENTRY: words }, flags }, door) => {
    const index = flags['parent-index']
    const body: UpdateNetworkRequest = {
      command: commandOf(word),
      section,
      entry: await readEntry(words),
      ...given({
        live: flags.live ? true : undefined,
        config: flags.config ? true : undefined,
        parentIndex: index === undefined ? undefined : indexOf(index),
      }),
    }
    return change(
      door,
      'updateNetwork',
      { params: { name }, body },
      {
        'updated-both': `Updated network ${name} persistent config and live state`,
        'updated-config': `Updated network ${name} persistent config`,
        'updated-live': `Updated network ${name} live state`,
      },
    )
  },
)

function commandOf(word: string): UpdateNetworkRequest['command'] {
  const known = COMMANDS.find((each) => each === word)
  if (known !== undefined) return known
  throw new WeftError('invalid-argument', `'${word}' is nothing that can be done to a network's parts`, {
    hint: COMMANDS.join(', '),
  })
}

const indexOf = (text: string): number => (text === '0' ? 0 : countOf(text, '--parent-index'))

/** virsh takes a file as well. */
async function readEntry(words: readonly string[]): Promise<readonly string[]> {
  const [file, second] = words
  if (file === undefined || second !== undefined || !(file === '-' || /^[^<=]+\.xml$/.test(file)))
    return words
  return [(await readDefinition(file, 'net update')).text]
}
