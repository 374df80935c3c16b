/** Calls about network filters and secrets. */
import { call } from '../procedure.ts'
import { nwfilter, nwfilterBinding, secret, string } from '../types.ts'
import { int, list, opaque, uint, uuid } from '../xdr.ts'

export const FILTERS_AND_SECRETS = {
  CONNECT_NUM_OF_SECRETS: call(139, 'read', 'virConnectNumOfSecrets', {}, { num: int }),
  CONNECT_LIST_SECRETS: call(
    140,
    'read',
    'virConnectListSecrets',
    { maxuuids: int },
    { uuids: list(string, 16_384) },
  ),
  SECRET_LOOKUP_BY_USAGE: call(
    147,
    'read',
    'virSecretLookupByUsage',
    { usageType: int, usageID: string },
    { secret },
  ),
  SECRET_LOOKUP_BY_UUID: call(141, 'read', 'virSecretLookupByUUID', { uuid }, { secret }),
  SECRET_DEFINE_XML: call(142, 'write', 'virSecretDefineXML', { xml: string, flags: uint }, { secret }),
  SECRET_GET_XML_DESC: call(143, 'read', 'virSecretGetXMLDesc', { secret, flags: uint }, { xml: string }),
  SECRET_SET_VALUE: call(
    144,
    'write',
    'virSecretSetValue',
    { secret, value: opaque(65_536), flags: uint },
    {},
  ),
  SECRET_GET_VALUE: call(
    145,
    'write',
    'virSecretGetValue',
    { secret, flags: uint },
    { value: opaque(65_536) },
  ),
  SECRET_UNDEFINE: call(146, 'write', 'virSecretUndefine', { secret }, {}),
  NWFILTER_LOOKUP_BY_NAME: call(175, 'read', 'virNWFilterLookupByName', { name: string }, { nwfilter }),
  NWFILTER_LOOKUP_BY_UUID: call(176, 'read', 'virNWFilterLookupByUUID', { uuid }, { nwfilter }),
  NWFILTER_GET_XML_DESC: call(
    177,
    'read',
    'virNWFilterGetXMLDesc',
    { nwfilter, flags: uint },
    { xml: string },
  ),
  NWFILTER_DEFINE_XML: call(180, 'write', 'virNWFilterDefineXML', { xml: string }, { nwfilter }),
  NWFILTER_DEFINE_XML_FLAGS: call(
    431,
    'write',
    'virNWFilterDefineXMLFlags',
    { xml: string, flags: uint },
    { nwfilter },
  ),
  NWFILTER_UNDEFINE: call(181, 'write', 'virNWFilterUndefine', { nwfilter }, {}),
  NWFILTER_BINDING_LOOKUP_BY_PORT_DEV: call(
    397,
    'read',
    'virNWFilterBindingLookupByPortDev',
    { name: string },
    { nwfilter: nwfilterBinding },
  ),
  NWFILTER_BINDING_GET_XML_DESC: call(
    398,
    'read',
    'virNWFilterBindingGetXMLDesc',
    { nwfilter: nwfilterBinding, flags: uint },
    { xml: string },
  ),
  NWFILTER_BINDING_CREATE_XML: call(
    399,
    'write',
    'virNWFilterBindingCreateXML',
    { xml: string, flags: uint },
    { nwfilter: nwfilterBinding },
  ),
  NWFILTER_BINDING_DELETE: call(400, 'write', 'virNWFilterBindingDelete', { nwfilter: nwfilterBinding }, {}),
} as const
