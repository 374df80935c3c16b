/** What the routes take and give that look into machines that run, or speak to their guests; a part of the contract. */
import { INSIDE } from './inside-shapes.ts'
import { REQUESTS } from './request-shapes.ts'
import { name } from './route-kinds.ts'
import { array, boolean, integer, oneOf, string } from './shape.ts'
import { VIEWS } from './view-shapes.ts'

const ofGuest = string({ description: 'an absolute path of the guest', minLength: 1, maxLength: 4096 })

export const INSIDE_ROUTES = {
  vmStats: {
    summary: 'What machines that run have used so far',
    params: {},
    query: { vm: string({ description: 'only this one' }) },
    body: undefined,
    reply: array(INSIDE.vmStats),
    changes: false,
  },
  metrics: {
    summary: 'The same and more as Prometheus reads it',
    params: {},
    query: {},
    body: undefined,
    reply: 'metrics',
    changes: false,
  },
  execInVm: {
    summary: 'Run a program in a machine, by the agent in its guest, and wait for its end',
    params: { name },
    query: {},
    body: REQUESTS.execInVm,
    reply: INSIDE.exec,
    changes: false,
  },
  readInVm: {
    summary: 'A file of a guest, by its agent; the header X-Weft-Mode has its permissions',
    params: { name },
    query: { path: ofGuest },
    body: undefined,
    reply: 'download',
    changes: false,
  },
  writeInVm: {
    summary: 'Write a file into a guest, by its agent',
    params: { name },
    query: { path: ofGuest, mode: string({ description: 'permissions in octal', pattern: '^[0-7]{3,4}$' }) },
    body: undefined,
    reply: 'guest-upload',
    changes: false,
  },
  vmAddresses: {
    summary: 'Which addresses a machine that runs has, and who says so',
    params: { name },
    query: { source: oneOf('lease', 'agent', 'arp') },
    body: undefined,
    reply: array(INSIDE.address),
    changes: false,
  },
  waitForVm: {
    summary: 'Wait until a machine has an address, answers to ssh, its agent answers, or it has shut down',
    params: { name },
    query: {
      goal: oneOf('lease', 'ssh', 'agent', 'shutdown'),
      limitSeconds: integer({ description: 'how long at most; 120', minimum: 1, maximum: 86400 }),
    },
    body: undefined,
    reply: VIEWS.vmReached,
    changes: false,
  },
  stopVm: {
    summary: 'Ask a machine to shut down, and wait until it has',
    params: { name },
    query: {
      dryRun: boolean('only plan: nothing is changed, `script` is what would run'),
      timeoutSeconds: integer({ description: 'how long to wait', minimum: 1, maximum: 86400 }),
      force: boolean('what has not shut down by then is killed'),
      mode: oneOf('acpi', 'agent'),
    },
    body: undefined,
    reply: VIEWS.change,
    changes: true,
  },
} as const
