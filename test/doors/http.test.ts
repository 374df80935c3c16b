/** The HTTP API as any program meets it: its document, its answers, and what it does with garbage. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { shapeProblems } from '../../src/api/check-shape.ts'
import { CONTRACT } from '../../src/api/contract.ts'
import type { RouteContract } from '../../src/api/route-kinds.ts'
import { ROUTES } from '../../src/api/routes.ts'
import type { RouteName } from '../../src/api/routes.ts'
import { VIEWS } from '../../src/api/view-shapes.ts'
import { newRoot, startWeft, until, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
})
after(() => weft.stop())

interface Answer {
  readonly status: number
  readonly body: unknown
}

function ask(method: string, path: string, body?: string, socketPath = weft.socket): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown })
      })
    })
    call.on('error', reject)
    call.end(body)
  })
}

/** Bytes as they are; answers what came back until the connection was closed. */
function sendRaw(bytes: string | Buffer, isKeptOpen = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(weft.socket)
    let text = ''
    socket.on('data', (part) => (text += part.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      resolve(text)
    })
    if (isKeptOpen) socket.write(bytes)
    else socket.end(bytes)
  })
}

interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}
interface Operation {
  readonly operationId: string
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}

test('the OpenAPI document has every route, and every reference in it resolves', async () => {
  const { status, body } = await ask('GET', '/v1/openapi.json')
  assert.equal(status, 200)
  const document = body as Document
  assert.equal(document.openapi, '3.1.0')
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  assert.deepEqual(
    operations.map(({ operation }) => operation.operationId).sort(),
    Object.keys(ROUTES).sort(),
  )
  for (const { path, method, operation } of operations) {
    assert.deepEqual(ROUTES[operation.operationId as RouteName], [method.toUpperCase(), path])
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const declared = operation.parameters.filter((parameter) => parameter.in === 'path')
    assert.deepEqual(
      declared.map(({ name }) => name),
      inPath,
      path,
    )
    assert.ok(declared.every(({ required }) => required === true))
    assert.ok(Object.values(operation.responses).every(({ description }) => description !== ''))
    assert.ok('default' in operation.responses, 'failures are described')
  }
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)]
  assert.ok(references.length > 20)
  for (const [, name = ''] of references) assert.ok(name in document.components.schemas, name)
})

const CHANGE = VIEWS.change.required ?? []

test('every changing route takes dryRun and answers with a Change', () => {
  const all: readonly [string, RouteContract][] = Object.entries(CONTRACT)
  for (const [route, { changes, query, reply }] of all)
    if (changes) {
      assert.ok('dryRun' in query, route)
      // An upload is answered with one too, and says how its body comes; others say more than that.
      if (reply === 'upload') continue
      assert.ok(typeof reply === 'object', route)
      const missing = CHANGE.filter((field) => reply.required?.includes(field) !== true)
      assert.deepEqual(missing, [], route)
    }
})

test('answers have the shape the contract promises', async () => {
  const looks: readonly (readonly [RouteName, string])[] = [
    ['status', '/v1/status'],
    ['listNetworks', '/v1/networks'],
    ['showNetwork', '/v1/networks/default'],
    ['networkDefinition', '/v1/networks/default/definition?format=yaml'],
    ['networkLeases', '/v1/networks/default/leases'],
    ['listPorts', '/v1/networks/default/ports'],
    ['listBridges', '/v1/bridges'],
    ['listDisks', '/v1/disks'],
    ['showDisk', '/v1/disks/one'],
    ['listVms', '/v1/vms'],
    ['showVm', '/v1/vms/one'],
    ['vmCommand', '/v1/vms/one/command'],
    ['history', '/v1/changes'],
    ['showChange', '/v1/changes/1'],
  ]
  weft.ok('net', 'start', 'default')
  weft.ok('disk', 'create', 'one', '--size', '10M')
  weft.ok('vm', 'create', 'one', '--disk', 'one', '--net', 'default', '--memory', '64M')
  for (const [route, path] of looks) {
    const { status, body } = await ask('GET', path)
    assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`)
    const { reply } = CONTRACT[route]
    assert.ok(typeof reply === 'object')
    assert.deepEqual(shapeProblems(reply, body), [], path)
  }
  weft.ok('vm', 'delete', 'one')
  weft.ok('disk', 'delete', 'one')
  weft.ok('net', 'stop', 'default')
})

test('what is wrong with a request is told, all of it at once', async () => {
  const refusals: readonly (readonly [string, string, string | undefined, number, RegExp])[] = [
    ['GET', '/v1/nothing', undefined, 404, /has no '\/v1\/nothing'/],
    ['GET', '/v1/networks/%zz', undefined, 404, /has no/],
    ['PATCH', '/v1/networks', undefined, 400, /knows no PATCH/],
    ['POST', '/v1/networks', 'not json', 400, /is not JSON/],
    ['POST', '/v1/networks', '', 400, /is not JSON/],
    ['POST', '/v1/networks', '[]', 400, /must be an object, not a list/],
    ['POST', '/v1/networks', '{"txt":1}', 400, /"text".*is missing.*did you mean 'text'/],
    ['POST', '/v1/vms', '{"name":"../x","cpus":0}', 400, /"name".*"cpus".*at least 1/],
    ['POST', '/v1/networks/default/start?dryRun=maybe', undefined, 400, /must be true or false/],
    ['POST', '/v1/networks/default/start?dryRum=true', undefined, 400, /did you mean 'dryRun'/],
    ['POST', '/v1/networks/nosuch/start', undefined, 404, /no network named 'nosuch'/],
    ['GET', '/v1/changes/many', undefined, 400, /must be a number/],
    ['GET', '/v1/vms/nosuch/console', undefined, 400, /upgrade/],
    ['POST', '/v1/networks', JSON.stringify({ text: '<network' }), 422, /"line":1/],
  ]
  for (const [method, path, body, status, says] of refusals) {
    const answer = await ask(method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    assert.deepEqual(shapeProblems(VIEWS.error, answer.body), [])
    assert.match(JSON.stringify(answer.body), says)
  }
})

test('a name cannot lead out of its directory', async () => {
  for (const name of ['..%2f..%2fetc%2fpasswd', '%2e%2e', '.', '%00', 'constructor', '__proto__']) {
    const { status } = await ask('GET', `/v1/networks/${name}`)
    assert.equal(status, 404, name)
    const disk = await ask('DELETE', `/v1/disks/${name}`)
    assert.equal(disk.status, 404, name)
  }
})

test('a body of more than 1 MiB is refused and not kept', async () => {
  const { status, body } = await ask(
    'POST',
    '/v1/networks',
    JSON.stringify({ text: 'x'.repeat(1024 * 1024) }),
  )
  assert.equal(status, 400)
  assert.match(JSON.stringify(body), /larger than 1048576 bytes/)
})

test('the read-only socket shows everything and changes nothing', async () => {
  const list = await ask('GET', '/v1/networks', undefined, weft.readOnlySocket)
  assert.equal(list.status, 200)
  const all: readonly [string, RouteContract][] = Object.entries(CONTRACT)
  for (const [route] of all.filter(([, { changes }]) => changes)) {
    const [method, path] = ROUTES[route as RouteName]
    const sent = method === 'DELETE' ? undefined : '{}'
    const { status, body } = await ask(method, path.replace(/\{\w+\}/g, '1'), sent, weft.readOnlySocket)
    assert.equal(status, 403, route)
    assert.match(JSON.stringify(body), /not-permitted/)
  }
  const dry = await ask('POST', '/v1/networks/default/start?dryRun=true', undefined, weft.readOnlySocket)
  assert.equal(dry.status, 403)
})

test('what is no HTTP is refused, and weftd goes on', async () => {
  assert.match(await sendRaw('hello\r\n\r\n'), /^HTTP\/1\.1 400 .*"this is no HTTP request"/s)
  assert.match(
    await sendRaw(`GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 /,
  )
  await sendRaw(Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff, 0x00]))
  await sendRaw('')
  await sendRaw('POST /v1/networks HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"te')
  await sendRaw('POST /v1/networks HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n')
  assert.equal((await ask('GET', '/v1/networks')).status, 200)
  assert.equal(weft.daemon.exitCode, null, weft.log())
  assert.doesNotMatch(weft.log(), /a bug/)
})

test('a request that does not come to its end is ended after 10 s, and holds nobody up meanwhile', async () => {
  const began = Date.now()
  const half = [
    'GET /v1/netw',
    'POST /v1/networks HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"te',
    '',
  ]
  const all = Promise.all(half.map((bytes) => sendRaw(bytes, true)))
  assert.equal((await ask('GET', '/v1/networks')).status, 200)
  const answers = await all
  const took = Date.now() - began
  assert.ok(took > 9_000 && took < 60_000, `${String(took)} ms`)
  for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 408 /)
})

test('a caller who goes away does not undo what he asked for', async () => {
  const socket = connect(weft.socket)
  const call = 'POST /v1/networks/default/start HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'
  // What has not left yet would go with the socket.
  await new Promise((resolve) => socket.write(call, resolve))
  socket.destroy()
  await until(() => /^ default +active/m.test(weft.ok('net', 'list')))
  weft.ok('net', 'stop', 'default')
})

test('events tell what happens, on both sockets', async () => {
  for (const socketPath of [weft.socket, weft.readOnlySocket]) {
    let text = ''
    const call = request({ socketPath, path: '/v1/events', agent: false }, (response) => {
      assert.equal(response.headers['content-type'], 'text/event-stream')
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('error', () => undefined)
    })
    call.on('error', () => undefined)
    const listening = new Promise((resolve) => call.once('response', resolve))
    call.end()
    await listening
    weft.ok('net', 'start', 'default')
    weft.ok('net', 'stop', 'default')
    await until(() => text.includes('"stopped"'))
    call.destroy()
    const events = [...text.matchAll(/^data: (.*)$/gm)].map(
      ([, json = '']) => JSON.parse(json) as { kind: string },
    )
    assert.ok(events.some(({ kind }) => kind === 'change'))
    assert.match(text, /data: \{"kind":"network","name":"default","what":"started"\}\n\n/)
  }
})

test('many callers at once are all answered', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => ask('GET', '/v1/networks')))
  assert.ok(answers.every(({ status }) => status === 200))
})
