/** weftd tells this host its guests' names by itself: with a lease, without the last guest, and when it is told to stop. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { host, newRoot, startWeft, until } from './weft-process.ts'

test('a guest is in the hosts file when it has its lease, and out of it when it goes', async (t) => {
  const root = newRoot()
  const weft = await startWeft(root)
  t.after(() => weft.stop())
  const hosts = `${root}/etc/hosts`
  writeFileSync(hosts, '127.0.0.1 localhost\n')
  weft.ok('net', 'start', 'default')
  host('ip', 'netns', 'add', 'box')
  weft.ok('port', 'add', 'default', '--netns', 'box')
  host('ip', 'netns', 'exec', 'box', ...'busybox udhcpc -i eth0 -n -q -f -t 60 -T 1 -s /bin/true'.split(' '))
  const line = /^192\.168\.\d+\.\d+ box\.default\.internal box$/m
  await until(() => line.test(readFileSync(hosts, 'utf8')))
  // It is noted when it is over, a moment after the file is there.
  await until(() => weft.ok('history').includes("tell this host its guests' names"))

  weft.ok('port', 'remove', 'default', 'box')
  await until(() => readFileSync(hosts, 'utf8') === '127.0.0.1 localhost\n')
  weft.ok('net', 'stop', 'default')
  weft.ok('undo')
  assert.match(
    weft.ok('net', 'list'),
    /default +active/,
    'what weftd keeps true by itself is not what is undone',
  )
  weft.ok('net', 'stop', 'default')
})
