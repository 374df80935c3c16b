/** A program in libvirt-python, with an event loop of its own: what it sees of weft, and what it hears. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newRoot, runProgram, startWeft, type Weft } from './weft-process.ts'

let weft: Weft

before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('vm', 'create', 'web', '--memory', '64')
})

after(() => weft.stop())

/** Distributions have libvirt for the Python that comes with them, whichever comes first in the path. */
const PYTHON = '/usr/bin/python3'

const PROGRAM = `
import json, os, sys, threading, time, libvirt

libvirt.virEventRegisterDefaultImpl()
libvirt.registerErrorHandler(lambda *_: None, None)
threading.Thread(target=lambda: [libvirt.virEventRunDefaultImpl() for _ in iter(int, 1)], daemon=True).start()
heard = []
connection = libvirt.open(sys.argv[1])
connection.setKeepAlive(5, 3)
connection.networkEventRegisterAny(
    None, libvirt.VIR_NETWORK_EVENT_ID_LIFECYCLE, lambda c, net, event, detail, _: heard.append([net.name(), event]), None)
connection.domainEventRegisterAny(
    None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lambda c, dom, event, detail, _: heard.append([dom.name(), event]), None)

network = connection.networkLookupByName('default')
network.create()
domain = connection.lookupByName('web')
domain.create()
state, _ = domain.state()
info = domain.info()
screen = domain.openGraphicsFD(0)
greeting = os.read(screen, 12).decode()
after = domain.state()[0]
domain.destroy()
network.destroy()
wanted = [['default', 2], ['web', 2], ['web', 5], ['default', 3]]
end = time.time() + 90
while time.time() < end and not all(each in heard for each in wanted):
    time.sleep(0.05)

def refusal(do):
    try:
        do()
    except libvirt.libvirtError as error:
        return [error.get_error_code(), error.get_error_message()]

print(json.dumps({
    'uri': connection.getURI(), 'type': connection.getType(), 'alive': connection.isAlive(),
    'networks': [net.name() for net in connection.listAllNetworks()], 'old': connection.listDefinedDomains(),
    'bridge': network.bridgeName(), 'state': state, 'memory': info[1], 'cpus': info[3],
    'screen': greeting, 'after': after,
    'same': connection.lookupByUUIDString(domain.UUIDString()).name(),
    'heard': [each in heard for each in wanted],
    'missing': refusal(lambda: connection.lookupByName('nobody')),
    'stopped': refusal(domain.suspend),
    'unsupported': refusal(connection.changeBegin),
    'forbidden': refusal(libvirt.openReadOnly(sys.argv[1]).networkLookupByName('default').create),
}))
connection.close()
`

test('it lists, starts, stops, is refused in words of libvirt, and hears of all of it', () => {
  const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  const { code, out, err } = runProgram([PYTHON, '-c', PROGRAM, uri], { LC_ALL: 'C' })
  assert.equal(code, 0, err)
  const { missing, stopped, unsupported, forbidden, ...seen } = JSON.parse(out) as Record<string, unknown>
  assert.deepEqual(seen, {
    uri,
    type: 'QEMU',
    alive: 1,
    networks: ['default'],
    old: ['web'],
    bridge: 'virbr0',
    state: 1,
    memory: 65_536,
    cpus: 1,
    // What a VNC server says first (RFC 6143, 7.1.1), on the descriptor that the client was passed.
    screen: 'RFB 003.008\n',
    after: 1,
    same: 'web',
    heard: [true, true, true, true],
  })
  assert.deepEqual(
    [missing, stopped],
    [
      [42, "Domain not found: no domain with matching name 'nobody'"],
      [55, 'Requested operation is not valid: domain is not running'],
    ],
  )
  assert.equal((unsupported as [number, string])[0], 3)
  assert.equal((forbidden as [number, string])[0], 29)
})
