/** Who answers which route. Nothing of it is loaded before somebody asks: a weftd that only looks after what runs stays small. */
import type { JsonRoute } from '../api/contract.ts'
import type { Handlers } from './handler.ts'

const status = async () => (await import('./handlers/status.ts')).statusHandlers
const host = async () => (await import('./handlers/host.ts')).hostHandlers
const neighbours = async () => (await import('./handlers/neighbours.ts')).neighbourHandlers
const hostBridges = async () => (await import('./handlers/host-bridges.ts')).hostBridgeHandlers
const networks = async () => (await import('./handlers/networks.ts')).networkHandlers
const ports = async () => (await import('./handlers/ports.ts')).portHandlers
const rules = async () => (await import('./handlers/rules.ts')).ruleHandlers
const disks = async () => (await import('./handlers/disks.ts')).diskHandlers
const secrets = async () => (await import('./handlers/secrets.ts')).secretHandlers
const images = async () => (await import('./handlers/images.ts')).imageHandlers
const vms = async () => (await import('./handlers/vms.ts')).vmHandlers
const memory = async () => (await import('./handlers/memory.ts')).memoryHandlers
const snapshots = async () => (await import('./handlers/snapshots.ts')).snapshotHandlers
const backups = async () => (await import('./handlers/backups.ts')).backupHandlers
const hardware = async () => (await import('./handlers/hardware.ts')).hardwareHandlers
const publishing = async () => (await import('./handlers/publish.ts')).publishHandlers
const exposure = async () => (await import('./handlers/exposure.ts')).exposureHandlers
const trace = async () => (await import('./handlers/trace.ts')).traceHandlers
const doctor = async () => (await import('./handlers/doctor.ts')).doctorHandlers
const adopting = async () => (await import('./handlers/adopt.ts')).adoptHandlers
const labs = async () => (await import('./handlers/labs.ts')).labHandlers
const changes = async () => (await import('./handlers/changes.ts')).changeHandlers

/** The compiler sees to it that every route is here, and that whoever is named for it knows it. */
export const HANDLERS: { readonly [R in JsonRoute]: () => Promise<Handlers<R>> } = {
  status,

  listNetworks: networks,
  defineNetwork: networks,
  createNetwork: networks,
  showNetwork: networks,
  networkDefinition: networks,
  updateNetwork: networks,
  undefineNetwork: networks,
  startNetwork: networks,
  stopNetwork: networks,
  repairAllNetworks: networks,
  repairNetwork: networks,
  autostartNetwork: networks,
  networkLeases: networks,
  listBridges: networks,

  map: host,
  doctor,
  trace,
  exposure,
  listHostLinks: host,
  listHostBridges: hostBridges,
  addHostBridge: hostBridges,
  removeHostBridge: hostBridges,
  confirmHost: hostBridges,
  listNeighbours: neighbours,
  setNeighbour: neighbours,
  listHostDevices: host,

  listPorts: ports,
  addPort: ports,
  removePort: ports,
  showPort: ports,
  setPort: ports,
  listAllPorts: ports,

  listRules: rules,
  addRule: rules,
  setRules: rules,
  removeRule: rules,
  addToGroup: rules,
  removeFromGroup: rules,

  listDisks: disks,
  createDisk: disks,
  showDisk: disks,
  resizeDisk: disks,
  deleteDisk: disks,
  cloneDisk: disks,
  importDisk: disks,
  checkDisk: disks,
  repairDisk: disks,
  wipeDisk: disks,
  attachDisk: disks,
  detachDisk: disks,
  convertDisk: disks,
  limitDisk: disks,
  overlayDisk: disks,
  commitDisk: disks,
  pullDisk: disks,
  copyDisk: disks,
  finishJob: disks,
  cancelJob: disks,
  listJobs: disks,
  listPools: disks,
  definePool: disks,
  undefinePool: disks,
  startPool: disks,
  stopPool: disks,
  autostartPool: disks,
  buildPool: disks,
  deletePoolDirectory: disks,

  listSecrets: secrets,
  showSecret: secrets,
  readSecret: secrets,
  defineSecret: secrets,
  setSecret: secrets,
  deleteSecret: secrets,

  listImages: images,
  importImage: images,
  showImage: images,
  pullImage: images,
  deleteImage: images,

  listVms: vms,
  createVm: vms,
  showVm: vms,
  setVm: vms,
  defineVm: vms,
  runVm: vms,
  importVm: vms,
  vmDefinition: vms,
  vmCommand: vms,
  vmStats: vms,
  vmAddresses: vms,
  execInVm: vms,
  waitForVm: vms,
  startVm: vms,
  stopVm: vms,
  killVm: vms,
  setVmPolicy: vms,
  autostartVm: vms,
  pauseVm: vms,
  resumeVm: vms,
  saveVm: memory,
  discardVm: memory,
  saveVmTo: memory,
  restoreVm: memory,
  dumpVm: memory,
  rebootVm: vms,
  resetVm: vms,
  cloneVm: vms,
  renameVm: vms,
  undefineVm: vms,
  deleteVm: vms,

  listSnapshots: snapshots,
  createSnapshot: snapshots,
  showSnapshot: snapshots,
  revertSnapshot: snapshots,
  deleteSnapshot: snapshots,

  createBackup: backups,
  restoreBackup: backups,
  listBackups: backups,

  setVmHardware: hardware,
  vmDisplay: hardware,
  screenshotVm: hardware,
  attachNic: hardware,
  detachNic: hardware,
  moveNic: hardware,
  publish: publishing,
  unpublish: publishing,
  listPublished: publishing,
  attachShare: hardware,
  attachDevice: hardware,
  detachDevice: hardware,
  detachShare: hardware,
  changeCd: hardware,

  listLabs: labs,
  applyLab: labs,
  exportLab: labs,
  labRevisions: labs,
  adoptLibvirt: adopting,

  history: changes,
  showChange: changes,
  undo: changes,
}
