/** A hosts file that others write to as well: weft's lines come, change and go, and every other byte stays. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinHosts, namesIn, splitHosts } from './hosts-file.ts'

const put = (text: string, lines: readonly string[]): string =>
  joinHosts(splitHosts(text) ?? assert.fail('the marks are damaged'), lines)

test('what is put in and taken out again leaves every byte as it was', () => {
  for (const text of [
    '',
    '\n',
    '127.0.0.1 localhost\n',
    '127.0.0.1 localhost',
    'a\r\nb\r\n\n\n',
    '# end',
    ' \t',
  ]) {
    const full = put(text, ['10.0.0.2 web'])
    assert.match(full, /^10\.0\.0\.2 web$/m)
    assert.equal(put(put(full, ['10.0.0.3 web', '10.0.0.4 db']), []), text, JSON.stringify(text))
    assert.equal(put(full, ['10.0.0.2 web']), full, 'nothing changes twice')
  }
})

test('what somebody adds before and after stays where it is', () => {
  const mine = `# mine\n${put('127.0.0.1 localhost\n', ['10.0.0.2 web'])}192.0.2.7 printer`
  assert.equal(put(mine, []), '# mine\n127.0.0.1 localhost\n192.0.2.7 printer')
})

test('with damaged marks nobody knows whose lines are whose', () => {
  const full = put('127.0.0.1 localhost\n', ['10.0.0.2 web'])
  const [begin = '', end = ''] = full.match(/^# .*$/gm) ?? []
  for (const damaged of [full.replace(end, ''), full.replace(begin, ''), full + full])
    assert.equal(splitHosts(damaged), undefined)
})

test("names in others' lines", () => {
  const text = '127.0.0.1 localhost Myhost # me web\n#10.0.0.1 off\n::1\tip6-localhost\n'
  assert.deepEqual([...namesIn(text)], ['localhost', 'myhost', 'ip6-localhost'])
})
