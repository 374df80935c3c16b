/** A weftd that is killed with SIGKILL at one step of a plan: `die-at-step.ts ROOT CASE start|stop STEP before|after`. */
import { executePlan } from '../../src/app/execute-plan.ts'
import type { App } from '../../src/app/ports.ts'
import { LAW_CASES } from './law-cases.ts'
import { openRealApp } from './real-app.ts'

async function main([
  root = '',
  name = '',
  which = '',
  step = '',
  when = '',
]: readonly string[]): Promise<void> {
  const lawCase = LAW_CASES.find((each) => each.name === name)
  if (lawCase === undefined) throw new Error(`no case is called '${name}'`)
  const { app } = openRealApp(root)
  const plan = await (which === 'start' ? lawCase.start : lawCase.stop)?.(app)
  if (plan === undefined) throw new Error(`'${name}' has no ${which}`)
  let performed = 0
  const perform: App['host']['perform'] = async (action) => {
    const isLast = performed++ === Number(step)
    if (isLast && when === 'before') await die()
    await app.host.perform(action)
    if (isLast) await die()
  }
  await executePlan({ ...app, host: { ...app.host, perform } }, plan, 'test')
}

function die(): Promise<void> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}

void main(process.argv.slice(2))
