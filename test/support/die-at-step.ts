/** A weftd that is killed with SIGKILL at one step of a plan: `die-at-step.ts ROOT CASE start|stop STEP before|after`. */
import { executePlan } from '../../src/app/execute-plan.ts'
import { LAW_CASES } from './law-cases.ts'
import { openRealApp } from './real-app.ts'

const [root = '', name = '', which = '', step = '', when = ''] = process.argv.slice(2)
const lawCase = LAW_CASES.find((each) => each.name === name)
if (lawCase === undefined) throw new Error(`no case is called '${name}'`)
const { app } = openRealApp(root)
const plan = await (which === 'start' ? lawCase.start : lawCase.stop)?.(app)
if (plan === undefined) throw new Error(`'${name}' has no ${which}`)
let performed = 0

const die = (): Promise<void> => {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}

await executePlan(
  {
    ...app,
    host: {
      ...app.host,
      async perform(action) {
        const isLast = performed++ === Number(step)
        if (isLast && when === 'before') await die()
        await app.host.perform(action)
        if (isLast) await die()
      },
    },
  },
  plan,
  'test',
)
