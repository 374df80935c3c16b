/** Whenever weftd dies over a lab's file, the host is as it was: machines that were to go run again, those to come are not there. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { applyLab } from '../../src/app/lab/apply-lab.ts'
import type { App } from '../../src/app/ports.ts'
import { killVm } from '../../src/app/vms.ts'
import { readLab } from '../../src/definition/lab.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { dieAt } from '../support/mortal-weft.ts'
import { describeWorld, until } from '../support/real-app.ts'
import { byTest, newRoot, openWeft } from './weft-world.ts'

const root = newRoot()
let built: BuiltApp

before(async () => {
  built = await openWeft(root)
})
after(async () => {
  const { app } = built
  for (const name of app.machines.names()) await killVm(app, name, byTest)
  built.close()
})

/** They boot nothing: QEMU, TAPs, addresses and ports are all that matters here. */
const machine = (name: string, more: string): string =>
  `  - {name: ${name}, memory: 32M, accelerator: tcg, ${more}}\n`

const BEFORE = `name: demo
networks:
  - {name: front, address: 10.70.1.1/24, dhcp: {range: 10.70.1.10-10.70.1.99}}
  - {name: back, address: 10.70.2.1/24, mode: isolated, dhcp: {range: 10.70.2.10-10.70.2.99}}
machines:
${machine('router', 'nics: [{network: front, publish: ["8080:80"]}, back]')}${machine('old', 'nics: [back]')}`

const AFTER = `name: demo
networks:
  - {name: front, address: 10.70.1.1/24, dhcp: {range: 10.70.1.10-10.70.1.120}}
  - {name: third, address: 10.70.3.1/24, mode: isolated, dhcp: {range: 10.70.3.10-10.70.3.99}}
machines:
${machine('router', 'nics: [{network: front, publish: ["8090:80"]}, third]')}${machine('web', 'nics: [third]')}`

const apply = async (app: App, text: string, more: { restart?: boolean } = {}) =>
  applyLab(app, await readLab(text, 'lab.yaml'), { ...byTest, ...more })

/** Which number a process has, what QEMU says of itself, and who may be served by now are no part of it. */
async function world(app: App): Promise<unknown> {
  await until('networks and machines are quiet', () =>
    app.machines.names().every((name) => app.machines.isRunning(name)),
  )
  const { files = [], ...rest } = await describeWorld(app, root)
  const isKept = (line: string): boolean =>
    !/^(var\/lib\/weft\/labs|etc\/weft\/labs)\/? /.test(line) && !/\.(log|sock)\b/.test(line)
  return { ...rest, files: files.filter(isKept) }
}

test('applied, it can be taken back by weftd itself at every step', { timeout: 900_000 }, async () => {
  await apply(built.app, BEFORE)
  const was = await world(built.app)
  for (let n = 0; ; n += 1) {
    const death = await dieAt(built, [n, 'after'], (app) => apply(app, AFTER))
    built = death.built
    if (!death.isDead) break
    assert.deepEqual(await world(built.app), was, `after step ${String(n)}: ${death.said.join('\n')}`)
    assert.deepEqual([...built.app.machines.names()].sort(), ['old', 'router'])
  }
  assert.deepEqual([...built.app.machines.names()].sort(), ['router', 'web'])
  const again = await apply(built.app, AFTER)
  assert.equal(again.result, 'unchanged')
})
