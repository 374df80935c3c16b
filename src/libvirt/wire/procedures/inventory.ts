/** Calls about what the host is made of, and about ports of networks, beside those in host.ts and networks.ts. */
import { call } from '../procedure.ts'
import { hostInterface, maybeString, networkPort, network, string } from '../types.ts'
import { int, list, uint, uuid } from '../xdr.ts'

const names = { names: list(string, 16_384) }

export const INVENTORY = {
  NODE_NUM_OF_DEVICES: call(
    111,
    'read',
    'virNodeNumOfDevices',
    { cap: maybeString, flags: uint },
    { num: int },
  ),
  NODE_LIST_DEVICES: call(
    112,
    'read',
    'virNodeListDevices',
    { cap: maybeString, maxnames: int, flags: uint },
    { names: list(string, 65_536) },
  ),
  NODE_DEVICE_GET_PARENT: call(
    115,
    'read',
    'virNodeDeviceGetParent',
    { name: string },
    { parentName: maybeString },
  ),
  NODE_DEVICE_GET_AUTOSTART: call(
    433,
    'read',
    'virNodeDeviceGetAutostart',
    { name: string },
    { autostart: int },
  ),
  NODE_DEVICE_IS_PERSISTENT: call(
    435,
    'read',
    'virNodeDeviceIsPersistent',
    { name: string },
    { persistent: int },
  ),
  NODE_DEVICE_IS_ACTIVE: call(436, 'read', 'virNodeDeviceIsActive', { name: string }, { active: int }),
  NODE_DEVICE_NUM_OF_CAPS: call(116, 'read', 'virNodeDeviceNumOfCaps', { name: string }, { num: int }),
  NODE_DEVICE_LIST_CAPS: call(
    117,
    'read',
    'virNodeDeviceListCaps',
    { name: string, maxnames: int },
    { names: list(string, 65_536) },
  ),
  CONNECT_NUM_OF_INTERFACES: call(126, 'read', 'virConnectNumOfInterfaces', {}, { num: int }),
  CONNECT_LIST_INTERFACES: call(127, 'read', 'virConnectListInterfaces', { maxnames: int }, names),
  INTERFACE_LOOKUP_BY_MAC_STRING: call(
    129,
    'read',
    'virInterfaceLookupByMACString',
    { mac: string },
    { iface: hostInterface },
  ),
  CONNECT_NUM_OF_DEFINED_INTERFACES: call(137, 'read', 'virConnectNumOfDefinedInterfaces', {}, { num: int }),
  CONNECT_LIST_DEFINED_INTERFACES: call(
    138,
    'read',
    'virConnectListDefinedInterfaces',
    { maxnames: int },
    names,
  ),
  NETWORK_PORT_LOOKUP_BY_UUID: call(
    405,
    'read',
    'virNetworkPortLookupByUUID',
    { network, uuid },
    { port: networkPort },
  ),
  NETWORK_PORT_GET_XML_DESC: call(
    409,
    'read',
    'virNetworkPortGetXMLDesc',
    { port: networkPort, flags: uint },
    { xml: string },
  ),
} as const
