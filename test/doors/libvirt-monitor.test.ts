/** What goes to QEMU as it stands and what QEMU says, by stock virsh; and clients older than numbered registrations. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { cutPackets, formatPacket, PROGRAMS } from '../../src/libvirt/wire/frame.ts'
import { REMOTE_CALLS } from '../../src/libvirt/wire/procedures.ts'
import { REMOTE_EVENTS } from '../../src/libvirt/wire/procedures/events.ts'
import { decode, encode } from '../../src/libvirt/wire/xdr.ts'
import { newRoot, runProgram, startWeft, until, type Ran, type Weft } from './weft-process.ts'

let weft: Weft
let socket: string

before(async () => {
  weft = await startWeft(newRoot())
  socket = `${weft.root}/run/weft/libvirt-sock`
  weft.ok('disk', 'create', 'data', '--size', '8M', '--format', 'raw')
  weft.ok('vm', 'create', 'web', '--memory', '64', '--disk', 'data')
  weft.ok('vm', 'start', 'web')
})

after(async () => {
  weft.run(['vm', 'kill', 'web'])
  await weft.stop()
})

const uri = (): string => `qemu+unix:///system?socket=${socket}`

function virsh(...words: string[]): Ran {
  return runProgram(['virsh', '-c', uri(), ...words], { LC_ALL: 'C', HOME: weft.root })
}

const said = ({ code, out, err }: Ran): readonly [number | null, string] => [code, `${out}${err}`.trim()]

test('a command to the monitor is answered by QEMU, refusals too', () => {
  const asked = (command: string): unknown =>
    JSON.parse(virsh('qemu-monitor-command', 'web', command).out.trim()) as unknown
  assert.deepEqual(asked('{"execute":"query-name","id":"mine"}'), { return: { name: 'web' }, id: 'mine' })
  assert.deepEqual(asked('{"execute":"no-such-thing"}'), {
    id: 'libvirt-0',
    error: { class: 'CommandNotFound', desc: 'The command no-such-thing has not been found' },
  })
  assert.match(virsh('qemu-monitor-command', 'web', '--hmp', 'info status').out, /^VM status: running/)
  assert.match(
    said(virsh('qemu-monitor-command', 'web', '{"name":"web"}'))[1],
    /invalid argument: .* names no command/,
  )
  assert.match(
    said(virsh('qemu-agent-command', 'web', '{"execute":"guest-ping"}'))[1],
    /Guest agent is not responding: QEMU guest agent is not connected$/,
  )
  assert.match(
    said(virsh('-r', 'qemu-monitor-command', 'web', '--hmp', 'info status'))[1],
    /read only access/,
  )
})

test("QEMU's events, as they stand and in libvirt's words", async () => {
  const raw = listen('qemu-monitor-event', '--regex', '--event', '^(STOP|RESUME|BALLOON.*)$')
  const told = listen('event', '--all')
  try {
    for (
      let tries = 0;
      tries < 30 && !(raw.heard().includes('STOP') && told.heard().includes('Paused'));
      tries++
    ) {
      virsh('suspend', 'web')
      virsh('resume', 'web')
      await setTimeout(50)
    }
    assert.match(raw.heard(), /^event STOP at \d+\.\d+ for domain 'web': <null>$/m)
    assert.doesNotMatch(raw.heard(), /event (?!STOP|RESUME)/)
    assert.match(told.heard(), /event 'lifecycle' for domain 'web': Suspended Paused/)
  } finally {
    for (const { end } of [raw, told]) end()
  }
})

test('a disk that is written to behind its threshold is told once, after a pivot too', async () => {
  const write = (place: string): void => {
    const device = '/machine/peripheral/disk0/virtio-backend'
    const { out } = virsh('qemu-monitor-command', 'web', '--hmp', `qemu-io -d ${device} "write ${place} 512"`)
    assert.doesNotMatch(out, /^Error/)
  }
  const { path } = JSON.parse(weft.ok('disk', 'show', 'data', '--json')) as { path: string }
  const told = listen('event', '--all')
  const lines = (): string[] =>
    told
      .heard()
      .split('\n')
      .filter((line) => line.includes('block-threshold'))
  try {
    await until(() => {
      virsh('suspend', 'web')
      virsh('resume', 'web')
      return told.heard().includes('Paused')
    })
    assert.deepEqual(said(virsh('domblkthreshold', 'web', 'vda', '1M')), [0, ''])
    write('64k')
    write('2M')
    await until(() => lines().length > 0)
    assert.match(lines()[0] ?? '', /for domain 'web': dev: vda\(.*data\.raw\) 1048576 \d+$/)
    const moved = path.replace('data', 'moved')
    assert.match(
      said(virsh('blockcopy', 'web', 'vda', moved, '--wait', '--pivot'))[1],
      /Successfully pivoted/,
    )
    assert.deepEqual(said(virsh('domblkthreshold', 'web', 'vda', '3M')), [0, ''])
    write('4M')
    await until(() => lines().length > 1)
    assert.match(lines()[1] ?? '', /dev: vda\(.*moved\.raw\) 3145728 \d+$/)
  } finally {
    told.end()
  }
})

function listen(...words: string[]): { readonly heard: () => string; readonly end: () => void } {
  const child = spawn('stdbuf', ['-oL', 'virsh', '-c', uri(), ...words, '--loop'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, LC_ALL: 'C', HOME: weft.root },
  })
  let heard = ''
  child.stdout.on('data', (piece: Buffer) => (heard += piece.toString()))
  return { heard: () => heard, end: () => child.kill('SIGKILL') }
}

test('a client that registers the old way hears events without a number, until it has enough', async () => {
  const client = connect(socket)
  await once(client, 'connect')
  let rest = Buffer.alloc(0)
  const procedures: number[] = []
  const lifecycle: unknown[] = []
  client.on('data', (piece: Buffer) => {
    const cut = cutPackets(Buffer.concat([rest, piece]))
    rest = Buffer.from(cut.rest)
    for (const { header, body } of cut.packets) {
      procedures.push(header.procedure)
      if (header.procedure === 107) lifecycle.push(decode(REMOTE_EVENTS.DOMAIN_EVENT_LIFECYCLE.message, body))
    }
  })
  const call = async (name: keyof typeof REMOTE_CALLS, args: object): Promise<void> => {
    const { number, args: codec } = REMOTE_CALLS[name]
    const header = { program: PROGRAMS.remote, version: 1, procedure: number, type: 0, serial: 1, status: 0 }
    client.write(formatPacket(header, encode<unknown>(codec, args)))
    await until(() => procedures.includes(number))
  }
  try {
    await call('AUTH_LIST', {})
    await call('CONNECT_OPEN', { name: 'qemu:///system', flags: 0 })
    await call('CONNECT_DOMAIN_EVENT_REGISTER', {})
    assert.equal(virsh('suspend', 'web').code, 0)
    await until(() => lifecycle.length > 0)
    const [{ dom, ...first }] = lifecycle as [{ dom: { name: string }; event: number; detail: number }]
    assert.deepEqual([dom.name, first], ['web', { event: 3, detail: 0 }])
    await call('CONNECT_DOMAIN_EVENT_DEREGISTER', {})
    const before = lifecycle.length
    assert.equal(virsh('resume', 'web').code, 0)
    await call('CONNECT_GET_TYPE', {})
    assert.equal(lifecycle.length, before)
  } finally {
    client.destroy()
  }
})
