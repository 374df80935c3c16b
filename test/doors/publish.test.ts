/** Published ports as people type them: made with a machine, added, shown, refused, taken back. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { host, newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
})
after(() => weft.stop())

const words = (line: string): string[] => line.split(' ')
const table = (): string => host('nft', 'list', 'map', 'inet', 'weft', 'published')

test('a machine is made with a port, others come, are shown and go', () => {
  weft.ok(...words('vm create web --net default,ip=192.168.122.50 -p 8080:80'))
  assert.match(table(), /tcp \. 8080 : 192\.168\.122\.50 \. 80/)
  const script = weft.ok(...words('publish web 5353:53/udp --from lan --dry-run'))
  assert.match(script, /# udp port 5353 of this host leads to port 53 of 192\.168\.122\.50/)
  assert.doesNotMatch(table(), /5353/)
  assert.equal(
    weft.ok(...words('publish web 5353:53/udp --from lan')),
    'Machine web has published 5353:53/udp,from=lan\n',
  )
  weft.ok(...words('publish web 8443:443 --address 127.0.0.1'))
  assert.equal(
    weft.ok('publish', 'list'),
    ` Machine   At          Port       Leads to         Port there   Lets in   Active
----------------------------------------------------------------------------------
 web       any         8080/tcp   192.168.122.50   80           anybody   yes
 web       any         5353/udp   192.168.122.50   53           lan       yes
 web       127.0.0.1   8443/tcp   192.168.122.50   443          anybody   yes
`,
  )
  assert.match(weft.ok(...words('vm show web --yaml')), /publish:\n +- 8080:80\n/)
  assert.equal(weft.ok(...words('unpublish web 5353 8443')), 'Machine web publishes 5353 8443 no more\n')
  assert.doesNotMatch(table(), /5353/)
  weft.ok('undo')
  assert.match(table(), /5353/)
  weft.ok(...words('unpublish web'))
  assert.doesNotMatch(table(), /elements/)
})

test('what cannot be is refused, with what to do', () => {
  const refusals = [
    ['publish web 80', 2, /'80' is no port to publish/],
    ['publish web', 2, /'weft publish' needs PORT/],
    ['publish nobody 80:80', 3, /no machine named 'nobody'/],
    ['publish web 53:53', 4, /guests ask this host for names and addresses there/],
    ['unpublish web 9999', 3, /has not published '9999'/],
  ] as const
  for (const [line, code, message] of refusals) {
    const { code: ended, err } = weft.run(words(line))
    assert.match(err, message)
    assert.equal(ended, code, line)
  }
})

test('on a routed network nobody is let in by name: everybody reaches its guests anyway', () => {
  const yaml = 'name: far\nmode: route\naddress: 10.9.7.1/24\ndhcp: {range: 10.9.7.10-10.9.7.20}\n'
  assert.equal(weft.run(['net', 'create'], yaml).code, 0)
  weft.ok(...words('vm create routed --net far'))
  const { code, err } = weft.run(words('publish routed 8090:80 --from lan'))
  assert.equal(code, 4, err)
  assert.match(err, /network 'far' is routed, and whoever has a route .*\n.*weft rule add far/)
  assert.doesNotMatch(table(), /8090/)
  weft.ok(...words('publish routed 8090:80'))
  weft.ok(...words('vm delete routed'))
  weft.ok(...words('net stop far'))
})

test('a machine that goes back to a snapshot publishes what it did then', () => {
  weft.ok(...words('disk create data --size 8M'))
  weft.ok(...words('vm create old --net default,ip=192.168.122.60 --disk data -p 8100:80'))
  weft.ok(...words('snapshot create old then'))
  weft.ok(...words('unpublish old'))
  weft.ok(...words('publish old 8101:81'))
  weft.ok(...words('snapshot revert old then'))
  assert.match(table(), /tcp \. 8100 : 192\.168\.122\.60 \. 80/)
  assert.doesNotMatch(table(), /8101/)
  weft.ok(...words('vm delete old --force'))
  assert.doesNotMatch(table(), /8100/)
})
