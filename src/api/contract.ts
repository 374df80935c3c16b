/**
 * What every route takes and gives. The server checks requests against it, the OpenAPI document and the reference page are
 * printed from it, and the client's types follow from it; `routes.ts` has the paths.
 */
import type { RouteName } from './routes.ts'
import { ATTACH_DEVICE, ATTACH_SHARE, SET_HARDWARE } from './hardware-requests.ts'
import { HARDWARE } from './hardware-views.ts'
import { CREATE_DISK } from './disk-requests.ts'
import { DISK_BYTES_ROUTES, DISKS } from './disk-shapes.ts'
import { ADD_HOST_BRIDGE, REMOVE_HOST_BRIDGE_QUERY, HOST_BRIDGE } from './host-contract.ts'
import { NEIGHBOUR_ROUTES } from './neighbour-contract.ts'
import { HOST_LOOKS } from './host-shapes.ts'
import { INSIDE_ROUTES } from './inside-contract.ts'
import { LAB_ROUTES } from './lab-contract.ts'
import { MEMORY_ROUTES } from './memory-contract.ts'
import { POOL_ROUTES } from './pool-contract.ts'
import { PUBLISH_ROUTES } from './publish-contract.ts'
import { REQUESTS } from './request-shapes.ts'
import { change, dryRun, look, name, type RouteContract } from './route-kinds.ts'
import { array, boolean, integer, oneOf, string } from './shape.ts'
import { SECRET_ROUTES } from './secret-contract.ts'
import type { StaticOf } from './shape.ts'
import { SNAPSHOTS } from './snapshot-views.ts'
import { VIEWS } from './view-shapes.ts'
import { VM_DEFINITION_ROUTES } from './vm-definition-contract.ts'
import { WHY_ROUTES } from './why-contract.ts'

const count = string({ description: 'a number', pattern: '^[0-9]{1,9}$' })
const rule = string({ description: 'a number, or a rule', minLength: 1, maxLength: 4096 })
const ofNic = string({
  description: 'its MAC, its network, or its interface on the host',
  minLength: 1,
  maxLength: 255,
})
const ofMachine = string({ description: 'a disk, or a path', minLength: 1, maxLength: 4096 })
const ofGuest = string({ description: 'of this guest' })
const ofGroup = string({ description: 'of this group' })
const timeoutSeconds = integer({ description: 'how long to wait', minimum: 1, maximum: 86400 })

export const CONTRACT = {
  status: look('How weftd is and what this host can do', {}, VIEWS.status),
  openapi: look('This API as an OpenAPI 3.1 document', {}, 'openapi'),
  events: look('What happens, as it happens: server-sent events', {}, 'events'),

  listNetworks: look('All networks, running or not', {}, array(VIEWS.networkSummary)),
  defineNetwork: {
    ...change('Keep a definition, new or changed', {}, REQUESTS.defineNetwork),
    query: { dryRun, live: boolean('a network that runs becomes as defined while it runs') },
  },
  createNetwork: change('Start a network from a definition that is not kept', {}, REQUESTS.defineNetwork),
  showNetwork: look('One network', { name }, VIEWS.network),
  networkDefinition: {
    ...look('The definition of a network as text', { name }, VIEWS.definition),
    query: { format: oneOf('xml', 'yaml', 'json') },
  },
  updateNetwork: change('Change one thing of a network, while it runs', { name }, REQUESTS.updateNetwork),
  undefineNetwork: change('Forget a definition', { name }, undefined),
  startNetwork: change('Start a network', { name }, undefined),
  stopNetwork: {
    ...change('Stop a network', { name }, undefined),
    query: { dryRun, force: boolean('also when guests are plugged in: they lose their link') },
  },
  repairAllNetworks: change('Put back what somebody took away from any running network', {}, undefined),
  repairNetwork: change('Put back what somebody took away from a running network', { name }, undefined),
  autostartNetwork: change(
    'Start a network when the host starts, or no longer',
    { name },
    REQUESTS.autostart,
  ),
  networkLeases: look('Who has which address', { name }, array(VIEWS.lease)),
  listPorts: look('What is plugged into a network, and what it carries', { name }, array(VIEWS.portDetail)),
  addPort: change('Plug a network namespace into a network', { name }, REQUESTS.addPort),
  removePort: change('Unplug a network namespace', { name, port: name }, undefined),
  showPort: look('One port of a network', { name, port: name }, VIEWS.portDetail),
  setPort: change(
    'Pull or plug in the cable of a port, or make it worse',
    { name, port: name },
    REQUESTS.setPort,
  ),
  listAllPorts: look('What is plugged into any network, and what it carries', {}, array(VIEWS.portDetail)),
  listRules: look('Who may talk to whom on a network, and what each rule has matched', { name }, VIEWS.rules),
  addRule: change('Add a rule to a network, a group or a guest', { name }, REQUESTS.addRule),
  setRules: change(
    'Say what becomes of packets that no rule matches, and of made-up senders',
    { name },
    REQUESTS.setRules,
  ),
  removeRule: {
    ...change('Remove a rule, by its number or as it is written', { name, rule }, undefined),
    query: { dryRun, guest: ofGuest, group: ofGroup },
  },
  addToGroup: change(
    'Add guests to a group, which is made where there is none',
    { name, group: name },
    REQUESTS.groupMembers,
  ),
  removeFromGroup: {
    ...change('Remove guests from a group, or the group itself', { name, group: name }, undefined),
    query: { dryRun, members: string({ description: 'guests, joined by commas; absent: the group itself' }) },
  },
  capture: {
    ...look(
      'Packets of a guest as they pass, until the reader goes or a limit is reached',
      { guest: name },
      'capture',
    ),
    query: {
      filter: string({ description: 'pcap-filter(7)', maxLength: 4096 }),
      count: integer({ description: 'packets at most; 10000', minimum: 1, maximum: 1_000_000_000 }),
      seconds: integer({ description: 'how long at most; 60', minimum: 1, maximum: 86400 }),
      snapLength: integer({ description: 'bytes kept of each packet; 256', minimum: 16, maximum: 262144 }),
      format: oneOf('pcap', 'text'),
    },
  },
  listBridges: look('Every bridge of the host and whose it is', {}, array(VIEWS.bridge)),
  listHostBridges: look('Bridges over NICs of the host', {}, array(HOST_BRIDGE)),
  addHostBridge: change('Put a bridge over a NIC of the host, and the host onto it', {}, ADD_HOST_BRIDGE),
  removeHostBridge: {
    ...change('Take such a bridge away, and the host back to its NIC', { name }, undefined),
    query: { dryRun, ...REMOVE_HOST_BRIDGE_QUERY },
  },
  confirmHost: change("The change of the host's own network stays", {}, undefined),
  ...HOST_LOOKS,

  listDisks: look('Disks in all pools', {}, array(VIEWS.disk)),
  ...DISK_BYTES_ROUTES,
  createDisk: change('Create a disk', {}, CREATE_DISK),
  showDisk: look('One disk', { name }, VIEWS.disk),
  resizeDisk: change('Give a disk another size', { name }, REQUESTS.resizeDisk),
  deleteDisk: change('Delete a disk and what is on it', { name }, undefined),
  cloneDisk: change('Copy a disk to a new one', { name }, REQUESTS.cloneDisk),
  importDisk: change('Make a disk of an image of the host', {}, REQUESTS.importDisk),
  checkDisk: look('What is wrong with a disk that no machine has open', { name }, VIEWS.imageCheck),
  repairDisk: change('Put right what is wrong with a disk', { name }, undefined),
  wipeDisk: change('Overwrite a disk and make it empty', { name }, undefined),
  attachDisk: change('Give a machine a disk, while it runs too', { name }, REQUESTS.attachDisk),
  detachDisk: change('Take a disk from a machine, while it runs too', { name, disk: ofMachine }, undefined),
  attachShare: change('Share a directory with a machine, while it runs too', { name }, ATTACH_SHARE),
  attachDevice: change('Give a device of the host to a machine, while it runs too', { name }, ATTACH_DEVICE),
  detachDevice: change('Take a device of the host from a machine', { name, device: ofMachine }, undefined),
  detachShare: change('Share a directory with a machine no more', { name, tag: ofMachine }, undefined),
  convertDisk: change('Give a disk another format', { name }, REQUESTS.convertDisk),
  limitDisk: change('Hold a disk to a speed', { name, disk: ofMachine }, REQUESTS.limitDisk),
  overlayDisk: change(
    'Put an empty image over a disk, which keeps what is written from then on',
    { name, disk: ofMachine },
    REQUESTS.overlayDisk,
  ),
  commitDisk: change(
    'Put what a disk has of its own into what it begins with',
    { name, disk: ofMachine },
    REQUESTS.heldJob,
  ),
  pullDisk: change('Put what a disk begins with into the disk', { name, disk: ofMachine }, REQUESTS.diskJob),
  copyDisk: change(
    'Copy a disk, also while its machine writes to it',
    { name, disk: ofMachine },
    REQUESTS.copyDisk,
  ),
  finishJob: change(
    'End what is held: the machine goes over, or a copy is of this moment',
    { name, disk: ofMachine },
    REQUESTS.finishJob,
  ),
  cancelJob: change('Give up what is being done to a disk', { name, disk: ofMachine }, undefined),
  listJobs: look('What is being done to disks of machines that run', {}, array(DISKS.diskJob)),
  createBackup: change('Back up the disks of a machine, which may run', { name }, REQUESTS.createBackup),
  restoreBackup: change('Put back what was on disks that were backed up', { name }, REQUESTS.restoreBackup),
  listBackups: {
    ...look('Backups in a directory', {}, array(DISKS.backup)),
    query: { from: string({ description: 'the directory, an absolute path' }), vm: string() },
  },
  ...POOL_ROUTES,
  ...SECRET_ROUTES,

  listImages: {
    ...look('Images that are here', {}, array(VIEWS.image)),
    query: { available: boolean('also those that could be pulled') },
  },
  importImage: change('Make an image of a file of this host', {}, REQUESTS.importImage),
  showImage: look('One image', { name }, VIEWS.image),
  pullImage: {
    ...change('Fetch an image of the catalogue; answers when it is here', { name }, undefined),
    query: { dryRun, insecure: boolean('take what comes, held against nothing') },
  },
  deleteImage: change('Delete an image that nothing uses', { name }, undefined),

  listVms: look('All machines, running or not', {}, array(VIEWS.vm)),
  createVm: {
    ...change('Define a machine', {}, REQUESTS.createVm),
    query: { dryRun, transient: boolean('it is started at once, and forgotten when it ends') },
  },
  showVm: look('One machine', { name }, VIEWS.vm),
  setVm: change('Fix the addresses of a machine', { name }, REQUESTS.setVm),
  setVmHardware: change('Change what a machine is made of', { name }, SET_HARDWARE),
  ...VM_DEFINITION_ROUTES,
  ...INSIDE_ROUTES,
  ...PUBLISH_ROUTES,
  ...WHY_ROUTES,
  ...NEIGHBOUR_ROUTES,
  ...LAB_ROUTES,
  vmCommand: look('The QEMU command of a machine', { name }, HARDWARE.command),
  vmDisplay: look('Where the screen of a machine is seen', { name }, HARDWARE.display),
  screenshotVm: {
    ...look('A picture of the screen of a machine', { name }, HARDWARE.screenshot),
    query: { format: oneOf('png', 'ppm') },
  },
  vmConsole: look('The serial console: raw bytes after an upgrade to weft-console', { name }, 'console'),
  startVm: change('Start a machine', { name }, undefined),
  killVm: change('Stop a machine at once', { name }, undefined),
  setVmPolicy: change('Say what becomes of a machine whose guest ends', { name }, REQUESTS.vmPolicy),
  autostartVm: change('Start a machine when the host starts, or no longer', { name }, REQUESTS.autostartVm),
  pauseVm: change('Hold a machine: its processors stand still', { name }, undefined),
  resumeVm: change('Let a machine go on', { name }, undefined),
  ...MEMORY_ROUTES,
  listSnapshots: look('Snapshots of a machine, oldest first', { name }, array(SNAPSHOTS.snapshot)),
  createSnapshot: change('Take a snapshot of a machine', { name }, SNAPSHOTS.create),
  showSnapshot: look('One snapshot of a machine', { name, snapshot: name }, SNAPSHOTS.snapshot),
  revertSnapshot: {
    ...change('Put a machine back to a snapshot', { name, snapshot: name }, undefined),
    query: { dryRun, force: boolean('what it has in memory now is given up') },
  },
  deleteSnapshot: change('Delete a snapshot; those after it stay', { name, snapshot: name }, undefined),
  rebootVm: {
    ...change('Ask a machine to reboot, and wait until it has', { name }, undefined),
    query: { dryRun, timeoutSeconds, force: boolean('what has not shut down by then is reset') },
  },
  resetVm: change('Begin anew at once, as after a press on the reset button', { name }, undefined),
  cloneVm: change('Make another machine like one that is off', { name }, REQUESTS.cloneVm),
  renameVm: change('Give a machine that is off another name', { name }, REQUESTS.renameVm),
  undefineVm: change('Forget the definition of a machine; one that runs goes on', { name }, undefined),
  deleteVm: {
    ...change('Forget a machine; its disks stay unless they are named', { name }, undefined),
    query: {
      dryRun,
      force: boolean('also when it runs: it is killed first'),
      disks: boolean('with the disks that are its own'),
    },
  },

  attachNic: change('Give a machine a NIC, also while it runs', { name }, REQUESTS.attachNic),
  detachNic: change('Take a NIC out of a machine, also while it runs', { name, nic: ofNic }, undefined),
  moveNic: change(
    'Plug a NIC into another network, also while its machine runs',
    { name, nic: ofNic },
    REQUESTS.moveNic,
  ),
  changeCd: change(
    'Change the CD in a drive, also while the machine runs',
    { name, drive: count },
    REQUESTS.changeCd,
  ),

  history: look('Every change, oldest first', {}, array(VIEWS.history)),
  showChange: look('One change, and the host before and after', { number: count }, VIEWS.historyDetail),
  undo: change('Take a change back', {}, REQUESTS.undo),
} as const satisfies Record<RouteName, RouteContract>

type Contract = typeof CONTRACT
export type ParamsOf<R extends RouteName> = { readonly [K in keyof Contract[R]['params']]: string }
export type QueryOf<R extends RouteName> = {
  readonly [K in keyof Contract[R]['query']]?: StaticOf<Contract[R]['query'][K]>
}
export type BodyOf<R extends RouteName> = Contract[R]['body'] extends undefined
  ? undefined
  : StaticOf<Contract[R]['body']>
export type ReplyOf<R extends RouteName> = StaticOf<Contract[R]['reply']>
/** Routes that answer with JSON; the others are streams or the document itself. */
export type JsonRoute = {
  [R in RouteName]: Contract[R]['reply'] extends string ? never : R
}[RouteName]
/** Routes that change something, and so take `dryRun`. */
export type ChangingRoute = {
  [R in RouteName]: Contract[R]['changes'] extends true ? R : never
}[RouteName]
