/** Calls about the host: its node, its devices, its interfaces. */
import { call } from '../procedure.ts'
import { hostInterface, nodeDevice, nodeStat, string, typedParam } from '../types.ts'
import { int, list, opaque, tuple, uhyper, uint } from '../xdr.ts'

export const HOST = {
  NODE_GET_INFO: call(
    6,
    'read',
    'virNodeGetInfo',
    {},
    {
      model: tuple(int, 32),
      memory: uhyper,
      cpus: int,
      mhz: int,
      nodes: int,
      sockets: int,
      cores: int,
      threads: int,
    },
  ),
  NODE_GET_CELLS_FREE_MEMORY: call(
    101,
    'read',
    'virNodeGetCellsFreeMemory',
    { startCell: int, maxcells: int },
    { cells: list(uhyper, 1024) },
  ),
  NODE_GET_FREE_MEMORY: call(102, 'read', 'virNodeGetFreeMemory', {}, { freeMem: uhyper }),
  NODE_DEVICE_LOOKUP_BY_NAME: call(
    113,
    'read',
    'virNodeDeviceLookupByName',
    { name: string },
    { dev: nodeDevice },
  ),
  NODE_DEVICE_GET_XML_DESC: call(
    114,
    'read',
    'virNodeDeviceGetXMLDesc',
    { name: string, flags: uint },
    { xml: string },
  ),
  NODE_GET_SECURITY_MODEL: call(
    122,
    'read',
    'virNodeGetSecurityModel',
    {},
    { model: list(int, 257), doi: list(int, 257) },
  ),
  INTERFACE_LOOKUP_BY_NAME: call(
    128,
    'read',
    'virInterfaceLookupByName',
    { name: string },
    { iface: hostInterface },
  ),
  INTERFACE_GET_XML_DESC: call(
    130,
    'read',
    'virInterfaceGetXMLDesc',
    { iface: hostInterface, flags: uint },
    { xml: string },
  ),
  INTERFACE_IS_ACTIVE: call(156, 'read', 'virInterfaceIsActive', { iface: hostInterface }, { active: int }),
  INTERFACE_CHANGE_BEGIN: call(220, 'write', 'virInterfaceChangeBegin', { flags: uint }, {}),
  NODE_GET_CPU_STATS: call(
    227,
    'read',
    'virNodeGetCPUStats',
    { cpuNum: int, nparams: int, flags: uint },
    { params: list(nodeStat, 16), nparams: int },
  ),
  NODE_GET_MEMORY_STATS: call(
    228,
    'read',
    'virNodeGetMemoryStats',
    { nparams: int, cellNum: int, flags: uint },
    { params: list(nodeStat, 16), nparams: int },
  ),
  NODE_GET_MEMORY_PARAMETERS: call(
    289,
    'read',
    'virNodeGetMemoryParameters',
    { nparams: int, flags: uint },
    { params: list(typedParam, 64), nparams: int },
  ),
  NODE_GET_CPU_MAP: call(
    293,
    'read',
    'virNodeGetCPUMap',
    { need_map: int, need_online: int, flags: uint },
    { cpumap: opaque(2048), online: uint, ret: int },
  ),
  NODE_GET_FREE_PAGES: call(
    340,
    'read',
    'virNodeGetFreePages',
    { pages: list(uint, 1024), startCell: int, cellCount: uint, flags: uint },
    { counts: list(uhyper, 1024) },
  ),
} as const
