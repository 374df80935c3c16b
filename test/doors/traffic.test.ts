/** Traffic as people and scripts look at it: ports watched, packets captured, cables pulled; nobody left behind when somebody dies. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { host, newRoot, PROJECT, runProgram, startWeft, until, type Weft } from './weft-process.ts'

let weft: Weft
let events: Talker
before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
  events = talk('events', '--json')
  host('ip', 'netns', 'add', 'box')
  // Until the stream is open nothing is told.
  await until(() => {
    weft.ok('port', 'add', 'default', '--netns', 'box')
    weft.ok('port', 'remove', 'default', 'box')
    return events.text().includes('"removed"')
  })
  weft.ok('port', 'add', 'default', '--netns', 'box')
})
after(async () => {
  events.process.kill('SIGINT')
  await weft.stop()
})

interface Talker {
  readonly process: ChildProcess
  readonly text: () => string
  readonly said: () => string
  /** It has ended, and all that it said is here. */
  readonly hasEnded: () => boolean
}

/** weft, running on its own. */
function talk(...words: string[]): Talker {
  const child = spawn(join(PROJECT, 'bin/weft'), words, {
    env: { ...process.env, WEFT_ROOT: weft.root },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [text, said, hasEnded] = ['', '', false]
  child.once('close', () => (hasEnded = true))
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  return { process: child, text: () => text, said: () => said, hasEnded: () => hasEnded }
}

function tcpdumps(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandOf(name).startsWith('tcpdump\0'))
    .map(Number)
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

const ping = (count: number): void =>
  void runProgram([
    'ip',
    'netns',
    'exec',
    'box',
    'busybox',
    'ping',
    '-c',
    String(count),
    '-i0.1',
    '192.168.122.1',
  ])

/** A capture that sees packets: pinged until it has said so. */
async function capturing(...words: string[]): Promise<Talker> {
  const capture = talk('capture', 'box', '--filter', 'icmp', ...words)
  await until(() => {
    ping(1)
    return capture.text() !== ''
  })
  return capture
}

test('packets are printed one a line, until there are enough', async () => {
  const capture = await capturing('--count', '4')
  await until(() => {
    ping(1)
    return capture.hasEnded()
  })
  assert.equal(capture.process.exitCode, 0)
  const lines = capture.text().trimEnd().split('\n')
  assert.equal(lines.length, 4)
  for (const line of lines)
    assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} IP 192\.168\.122\.\d+ > .* ICMP echo (request|reply)/)
  assert.match(capture.said(), /^4 packets, that is enough$/m)
  await until(() => tcpdumps().length === 0)
})

test('as JSON each line is an object with its time', async () => {
  const capture = await capturing('--count', '2', '--json')
  await until(() => {
    ping(1)
    return capture.hasEnded()
  })
  const [first] = capture.text().trimEnd().split('\n')
  const { time, packet } = JSON.parse(first ?? '') as { time: string; packet: string }
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000)
  assert.match(packet, /^IP /)
})

test('a pcap file is one that tcpdump reads, also when it was ended with Ctrl-C', async () => {
  const file = join(weft.root, 'box.pcap')
  const capture = talk('capture', 'vport0', '-w', file)
  await until(() => {
    ping(1)
    return (runProgram(['tcpdump', '-n', '-r', file, 'icmp']).out.match(/echo reply/g) ?? []).length > 2
  })
  capture.process.kill('SIGINT')
  await until(() => capture.process.exitCode === 0)
  await until(() => tcpdumps().length === 0)
})

test('the time is limited too', () => {
  const { code, err } = weft.run(['capture', 'box', '--seconds', '1', '--filter', 'port 9'])
  assert.equal(code, 0)
  assert.match(err, /^0 packets, the time is over$/m)
})

test('it looks at packets as a user who may do nothing else', async () => {
  const capture = await capturing()
  await until(() => tcpdumps().length === 1)
  const [pid] = tcpdumps()
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8')
  assert.doesNotMatch(status, /^Uid:\s+0/m)
  // CAP_NET_RAW alone.
  for (const set of ['CapPrm', 'CapEff', 'CapBnd'])
    assert.match(status, new RegExp(`^${set}:\\s+0*2000$`, 'm'))
  assert.match(status, /^NoNewPrivs:\s+1$/m)
  capture.process.kill('SIGINT')
  await until(() => tcpdumps().length === 0)
})

test('a weft that is killed leaves no tcpdump, and neither does one that stops reading', async () => {
  const capture = await capturing()
  await until(() => tcpdumps().length === 1)
  capture.process.kill('SIGKILL')
  await until(() => tcpdumps().length === 0)

  const stuck = talk('capture', 'box', '-w', '-', '--seconds', '2')
  await until(() => tcpdumps().length === 1)
  stuck.process.kill('SIGSTOP')
  await until(() => tcpdumps().length === 0)
  stuck.process.kill('SIGKILL')
})

test('what is wrong is said before anything is shown', async () => {
  const filter = weft.run(['capture', 'box', '--filter', 'icmp and and'])
  assert.equal(filter.code, 2)
  assert.equal(filter.out, '')
  assert.match(
    filter.err,
    /^weft: 'icmp and and' is not a filter that tcpdump understands\n +it said .*syntax error/,
  )
  // No filter is an option of tcpdump's.
  const option = weft.run(['capture', 'box', '--filter=-w /tmp/weft-evil'])
  assert.equal(option.code, 2)
  assert.equal(weft.run(['capture', 'nobody']).code, 3)
  weft.ok('vm', 'create', 'web', '--memory', '64M')
  assert.match(weft.run(['capture', 'web']).err, /'web' is not running\n +try +weft vm start web/)
  weft.ok('vm', 'delete', 'web')
  await until(() => tcpdumps().length === 0)
})

test('without tcpdump it says what to install', () => {
  host('mount', '--bind', '/dev/null', '/usr/bin/tcpdump')
  const { code, err } = weft.run(['capture', 'box'])
  host('umount', '/usr/bin/tcpdump')
  assert.equal(code, 1)
  assert.match(err, /^weft: 'tcpdump' is not installed\n[^]*try +apt-get install tcpdump$/m)
})

test('the socket for looking shows nobody the packets of others', () => {
  const { out } = runProgram([
    'curl',
    ...['-s', '-o', '/dev/null', '-w', '%{http_code}', '--unix-socket', weft.readOnlySocket],
    'http://localhost/v1/guests/box/capture',
  ])
  assert.equal(out, '403')
})

test('ports are watched: rates between two looks, one object a line', async () => {
  const watch = talk('port', 'list', '--watch', '--interval', '200ms', '--json')
  interface Line {
    ports: { interface: string; rates: { received: { packets: number } } | null }[]
  }
  const lines = (): Line[] =>
    watch
      .text()
      .split('\n')
      // The last one may still be coming.
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line)
  await until(() => {
    ping(2)
    return lines().some(({ ports }) => (ports[0]?.rates?.received.packets ?? 0) > 0)
  })
  assert.equal(lines()[0]?.ports[0]?.rates, null)
  watch.process.kill('SIGINT')
  await until(() => watch.process.exitCode === 0)
})

test('a cable is pulled out and put in again, and everybody is told', async () => {
  assert.equal(
    weft.ok('port', 'set', 'default', 'box', '--link', 'down'),
    'Port box of network default has its cable pulled out\n',
  )
  assert.match(weft.ok('port', 'list', 'default'), /^ vport0 +namespace box .* link down/m)
  assert.match(weft.ok('port', 'show', 'default', 'box'), /^Link: +down: its cable is out$/m)
  assert.match(weft.ok('history', '--last', '1'), /change port 'vport0' of network 'default'/)
  weft.ok('port', 'set', 'default', 'box', '--link', 'up')
  ping(1)
  await until(() => events.text().includes('"link-up"'))
  // By hand it is told as well.
  host('ip', 'link', 'set', 'dev', 'vport0', 'down')
  await until(() => events.text().split('"link-down"').length === 3)
  weft.ok('port', 'set', 'default', 'box', '--link', 'up')
})

test('leases and captures are events', async () => {
  const ask = 'busybox udhcpc -i eth0 -n -q -f -t 20 -s /bin/true'
  host('ip', 'netns', 'exec', 'box', ...ask.split(' '))
  await until(() =>
    /"kind":"lease","network":"default","what":"given","ip":"192\.168\.122\.\d+"/.test(events.text()),
  )
  assert.match(
    events.text(),
    /"kind":"capture","guest":"box","interface":"vport0","what":"started","by":"root"/,
  )
  assert.match(events.text(), /"kind":"capture","guest":"box","interface":"vport0","what":"ended"/)
})

test('values that are none are refused by their flags', () => {
  for (const [flag, value] of [
    ['--delay', 'soon'],
    ['--loss', '200%'],
    ['--rate', 'fast'],
    ['--link', 'sideways'],
  ] as const) {
    const { code, err } = weft.run(['port', 'set', 'default', 'box', flag, value])
    assert.equal(code, 2)
    assert.match(err, new RegExp(`'${value}' is no value of ${flag}`))
  }
  assert.match(weft.run(['port', 'set', 'default', 'box']).err, /nothing was said to be changed/)
})

test('a capture ends with its port', async () => {
  const capture = await capturing()
  weft.ok('port', 'remove', 'default', 'box')
  await until(() => capture.hasEnded())
  assert.equal(capture.process.exitCode, 0)
  assert.match(capture.said(), /packets, vport0 has gone$/m)
  await until(() => tcpdumps().length === 0)
})

test('a capture ends with weftd, however that ends', async () => {
  weft.ok('port', 'add', 'default', '--netns', 'box')
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const capture = await capturing()
    await weft.stop(signal)
    await until(() => tcpdumps().length === 0)
    await until(() => capture.hasEnded())
    weft = await startWeft(weft.root)
  }
})
