/** Programs of this host: what is installed while weftd runs is found without restarting it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findProgram, findPrograms } from './programs.ts'

test('a program that was missing is found once it is installed, and not looked for again', () => {
  let isInstalled = false
  let looks = 0
  const programs = findPrograms((name) => {
    if (name !== 'dnsmasq') return undefined
    looks += 1
    return isInstalled ? '/usr/sbin/dnsmasq' : undefined
  })
  assert.equal(programs.dnsmasq, undefined)
  isInstalled = true
  assert.equal(programs.dnsmasq, '/usr/sbin/dnsmasq')
  assert.equal(programs.dnsmasq, '/usr/sbin/dnsmasq')
  assert.equal(looks, 2)
})

test('programs are found on the path and nowhere else', () => {
  assert.match(findProgram('sh') ?? '', /^\/.*\/sh$/)
  assert.equal(findProgram('no-such-program'), undefined)
})
