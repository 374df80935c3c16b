/**
 * Every HTTP route by name: method and path, nothing else, so that the CLI can load it in no time. `contract.ts` adds the shapes,
 * src/http/handlers answers; both are checked against this table by the compiler.
 */

export const ROUTES = {
  status: ['GET', '/v1/status'],
  openapi: ['GET', '/v1/openapi.json'],
  events: ['GET', '/v1/events'],

  listNetworks: ['GET', '/v1/networks'],
  defineNetwork: ['POST', '/v1/networks'],
  createNetwork: ['POST', '/v1/networks/create'],
  showNetwork: ['GET', '/v1/networks/{name}'],
  networkDefinition: ['GET', '/v1/networks/{name}/definition'],
  updateNetwork: ['POST', '/v1/networks/{name}/update'],
  undefineNetwork: ['DELETE', '/v1/networks/{name}'],
  startNetwork: ['POST', '/v1/networks/{name}/start'],
  stopNetwork: ['POST', '/v1/networks/{name}/stop'],
  repairAllNetworks: ['POST', '/v1/networks/repair'],
  repairNetwork: ['POST', '/v1/networks/{name}/repair'],
  autostartNetwork: ['PUT', '/v1/networks/{name}/autostart'],
  networkLeases: ['GET', '/v1/networks/{name}/leases'],
  listPorts: ['GET', '/v1/networks/{name}/ports'],
  addPort: ['POST', '/v1/networks/{name}/ports'],
  removePort: ['DELETE', '/v1/networks/{name}/ports/{port}'],
  showPort: ['GET', '/v1/networks/{name}/ports/{port}'],
  setPort: ['PUT', '/v1/networks/{name}/ports/{port}'],
  listAllPorts: ['GET', '/v1/ports'],
  listRules: ['GET', '/v1/networks/{name}/rules'],
  addRule: ['POST', '/v1/networks/{name}/rules'],
  setRules: ['PUT', '/v1/networks/{name}/rules'],
  removeRule: ['DELETE', '/v1/networks/{name}/rules/{rule}'],
  addToGroup: ['POST', '/v1/networks/{name}/groups/{group}'],
  removeFromGroup: ['DELETE', '/v1/networks/{name}/groups/{group}'],
  capture: ['GET', '/v1/guests/{guest}/capture'],
  listBridges: ['GET', '/v1/bridges'],

  listDisks: ['GET', '/v1/disks'],
  createDisk: ['POST', '/v1/disks'],
  showDisk: ['GET', '/v1/disks/{name}'],
  resizeDisk: ['POST', '/v1/disks/{name}/resize'],
  deleteDisk: ['DELETE', '/v1/disks/{name}'],

  listImages: ['GET', '/v1/images'],
  importImage: ['POST', '/v1/images'],
  showImage: ['GET', '/v1/images/{name}'],
  deleteImage: ['DELETE', '/v1/images/{name}'],

  listVms: ['GET', '/v1/vms'],
  createVm: ['POST', '/v1/vms'],
  showVm: ['GET', '/v1/vms/{name}'],
  setVm: ['PUT', '/v1/vms/{name}'],
  vmCommand: ['GET', '/v1/vms/{name}/command'],
  vmConsole: ['GET', '/v1/vms/{name}/console'],
  startVm: ['POST', '/v1/vms/{name}/start'],
  stopVm: ['POST', '/v1/vms/{name}/stop'],
  killVm: ['POST', '/v1/vms/{name}/kill'],
  deleteVm: ['DELETE', '/v1/vms/{name}'],

  history: ['GET', '/v1/changes'],
  showChange: ['GET', '/v1/changes/{number}'],
  undo: ['POST', '/v1/changes/undo'],
} as const satisfies Record<string, readonly ['GET' | 'POST' | 'PUT' | 'DELETE', string]>

export type RouteName = keyof typeof ROUTES
