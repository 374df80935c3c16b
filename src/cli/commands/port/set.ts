/** weft port set */
import { formatRate, parseDelay, parsePercent, parseRate } from '../../../api/rate.ts'
import type { SetPortRequest } from '../../../api/requests.ts'
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'port set',
    summary: 'pull the cable of a guest that runs, plug it in again, or make it a bad one',
    about:
      'A guest whose cable is out sees it, and keeps its addresses, leases and connections until it is in again. Delay, loss and rate ' +
      'concern packets towards the guest, unless --direction says otherwise; what is not named stays as it is. All of it ends with the port.',
    arguments: [
      { name: 'NETWORK', summary: 'its name', completes: 'network' },
      { name: 'PORT', summary: "the guest's name, or the port's interface", completes: 'port' },
    ],
    flags: {
      link: {
        kind: 'text',
        value: 'STATE',
        choices: ['up', 'down'],
        summary: 'up: the cable is in; down: it is out',
      },
      delay: { kind: 'text', value: 'TIME', summary: 'packets come so much later: 80ms; 0 ends it' },
      loss: { kind: 'text', value: 'PERCENT', summary: 'so many packets never come: 1%; 0 ends it' },
      rate: { kind: 'text', value: 'RATE', summary: 'packets come no faster: 10mbit; 0 ends it' },
      direction: {
        kind: 'text',
        value: 'WAY',
        choices: ['to-guest', 'from-guest', 'both'],
        summary: 'which packets: to-guest (default), from-guest, both',
      },
      clear: { kind: 'switch', summary: 'the cable is as good as its definition says again' },
    },
    examples: [
      ['weft port set default web --link down', 'the cable is out'],
      ['weft port set default web --delay 80ms --loss 1%', 'as if web were far away'],
      ['weft port set default web --rate 2mbit --dry-run', 'what would be done to hold it to 2 Mbit/s'],
      ['weft port set default web --rate 1mbit --direction from-guest', 'what it sends is held to 1 Mbit/s'],
      ['weft port set default web --clear', 'neither late nor lost nor slow any more'],
    ],
    changes: true,
  },
  ({ arguments: { NETWORK: name, PORT: port }, flags }, door) => {
    const body: SetPortRequest = given({
      link: flags.link as 'up' | 'down' | undefined,
      delayMs: read(flags.delay, parseDelay, '--delay 80ms'),
      lossPercent: read(flags.loss, parsePercent, '--loss 1%'),
      rateBits: read(flags.rate, parseRate, '--rate 10mbit'),
      clear: flags.clear ? true : undefined,
      direction: flags.direction as SetPortRequest['direction'],
    })
    return change(
      door,
      'setPort',
      { params: { name, port }, body },
      {
        set: `Port ${port} of network ${name} ${describe(body)}`,
        'already-set': `Port ${port} of network ${name} is like that already`,
      },
    )
  },
)

function read(
  text: string | undefined,
  parse: (text: string) => number | undefined,
  example: string,
): number | undefined {
  const value = text === undefined ? undefined : parse(text)
  if (text === undefined || value !== undefined) return value
  const [flag = ''] = example.split(' ')
  throw new WeftError('invalid-argument', `'${text}' is no value of ${flag}`, { hint: example })
}

function describe({ link, clear, delayMs, lossPercent, rateBits, direction }: SetPortRequest): string {
  const whose = { 'to-guest': 'gets its packets', 'from-guest': 'sends its packets', both: 'has its packets' }
  const parts = [
    ...(link === undefined ? [] : [link === 'up' ? 'is plugged in again' : 'has its cable pulled out']),
    ...(clear === true ? ['has a good cable again'] : []),
    ...(delayMs === undefined ? [] : [`${whose[direction ?? 'to-guest']} ${String(delayMs)} ms late`]),
    ...(lossPercent === undefined ? [] : [`loses ${String(lossPercent)} % of them`]),
    ...(rateBits === undefined
      ? []
      : [rateBits === 0 ? 'has no limit' : `is held to ${formatRate(rateBits)}`]),
  ]
  return parts.join(', ')
}
