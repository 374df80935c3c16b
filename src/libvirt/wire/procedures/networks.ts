/** Calls about networks. */
import { call } from '../procedure.ts'
import { lease, maybeString, network, networkPort, string } from '../types.ts'
import { int, list, uint, uuid } from '../xdr.ts'

export const NETWORKS = {
  NETWORK_CREATE: call(39, 'write', 'virNetworkCreate', { net: network }, {}),
  NETWORK_CREATE_XML: call(40, 'write', 'virNetworkCreateXML', { xml: string }, { net: network }),
  NETWORK_DEFINE_XML: call(41, 'write', 'virNetworkDefineXML', { xml: string }, { net: network }),
  NETWORK_DEFINE_XML_FLAGS: call(
    432,
    'write',
    'virNetworkDefineXMLFlags',
    { xml: string, flags: uint },
    { net: network },
  ),
  NETWORK_CREATE_XML_FLAGS: call(
    437,
    'write',
    'virNetworkCreateXMLFlags',
    { xml: string, flags: uint },
    { net: network },
  ),
  NETWORK_DESTROY: call(42, 'write', 'virNetworkDestroy', { net: network }, {}),
  NETWORK_GET_XML_DESC: call(
    43,
    'read',
    'virNetworkGetXMLDesc',
    { net: network, flags: uint },
    { xml: string },
  ),
  NETWORK_GET_AUTOSTART: call(44, 'read', 'virNetworkGetAutostart', { net: network }, { autostart: int }),
  NETWORK_GET_BRIDGE_NAME: call(45, 'read', 'virNetworkGetBridgeName', { net: network }, { name: string }),
  NETWORK_LOOKUP_BY_NAME: call(46, 'read', 'virNetworkLookupByName', { name: string }, { net: network }),
  NETWORK_LOOKUP_BY_UUID: call(47, 'read', 'virNetworkLookupByUUID', { uuid }, { net: network }),
  NETWORK_SET_AUTOSTART: call(48, 'write', 'virNetworkSetAutostart', { net: network, autostart: int }, {}),
  NETWORK_UNDEFINE: call(49, 'write', 'virNetworkUndefine', { net: network }, {}),
  NETWORK_IS_ACTIVE: call(152, 'read', 'virNetworkIsActive', { net: network }, { active: int }),
  NETWORK_IS_PERSISTENT: call(153, 'read', 'virNetworkIsPersistent', { net: network }, { persistent: int }),
  NETWORK_UPDATE: call(
    291,
    'write',
    'virNetworkUpdate',
    { net: network, command: uint, section: uint, parentIndex: int, xml: string, flags: uint },
    {},
  ),
  NETWORK_GET_DHCP_LEASES: call(
    341,
    'read',
    'virNetworkGetDHCPLeases',
    { net: network, mac: maybeString, need_results: int, flags: uint },
    { leases: list(lease, 65_536), ret: uint },
  ),
  NETWORK_LIST_ALL_PORTS: call(
    404,
    'read',
    'virNetworkListAllPorts',
    { network, need_results: int, flags: uint },
    { ports: list(networkPort, 16_384), ret: uint },
  ),
} as const
