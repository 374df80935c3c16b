/** Calls about snapshots of machines, and checkpoints. */
import { call, type Flags } from '../procedure.ts'
import { checkpoint, domain, snapshot, string } from '../types.ts'
import { int, list, uint } from '../xdr.ts'

export const SNAPSHOTS = {
  DOMAIN_SNAPSHOT_CREATE_XML: call(
    185,
    'write',
    'virDomainSnapshotCreateXML',
    { dom: domain, xml_desc: string, flags: uint },
    { snap: snapshot },
  ),
  DOMAIN_SNAPSHOT_GET_XML_DESC: call(
    186,
    ({ flags }: Flags) => (flags & 1) === 0,
    'virDomainSnapshotGetXMLDesc',
    { snap: snapshot, flags: uint },
    { xml: string },
  ),
  DOMAIN_SNAPSHOT_NUM: call(187, 'read', 'virDomainSnapshotNum', { dom: domain, flags: uint }, { num: int }),
  DOMAIN_SNAPSHOT_LIST_NAMES: call(
    188,
    'read',
    'virDomainSnapshotListNames',
    { dom: domain, maxnames: int, flags: uint },
    { names: list(string, 16_384) },
  ),
  DOMAIN_SNAPSHOT_LOOKUP_BY_NAME: call(
    189,
    'read',
    'virDomainSnapshotLookupByName',
    { dom: domain, name: string, flags: uint },
    { snap: snapshot },
  ),
  DOMAIN_HAS_CURRENT_SNAPSHOT: call(
    190,
    'read',
    'virDomainHasCurrentSnapshot',
    { dom: domain, flags: uint },
    { result: int },
  ),
  DOMAIN_SNAPSHOT_CURRENT: call(
    191,
    'read',
    'virDomainSnapshotCurrent',
    { dom: domain, flags: uint },
    { snap: snapshot },
  ),
  DOMAIN_REVERT_TO_SNAPSHOT: call(
    192,
    'write',
    'virDomainRevertToSnapshot',
    { snap: snapshot, flags: uint },
    {},
  ),
  DOMAIN_SNAPSHOT_DELETE: call(193, 'write', 'virDomainSnapshotDelete', { snap: snapshot, flags: uint }, {}),
  DOMAIN_SNAPSHOT_GET_PARENT: call(
    244,
    'read',
    'virDomainSnapshotGetParent',
    { snap: snapshot, flags: uint },
    { snap: snapshot },
  ),
  DOMAIN_SNAPSHOT_NUM_CHILDREN: call(
    246,
    'read',
    'virDomainSnapshotNumChildren',
    { snap: snapshot, flags: uint },
    { num: int },
  ),
  DOMAIN_SNAPSHOT_IS_CURRENT: call(
    271,
    'read',
    'virDomainSnapshotIsCurrent',
    { snap: snapshot, flags: uint },
    { current: int },
  ),
  DOMAIN_SNAPSHOT_HAS_METADATA: call(
    272,
    'read',
    'virDomainSnapshotHasMetadata',
    { snap: snapshot, flags: uint },
    { metadata: int },
  ),
  DOMAIN_LIST_ALL_SNAPSHOTS: call(
    274,
    'read',
    'virDomainListAllSnapshots',
    { dom: domain, need_results: int, flags: uint },
    { snapshots: list(snapshot, 16_384), ret: int },
  ),
  DOMAIN_LIST_ALL_CHECKPOINTS: call(
    413,
    'read',
    'virDomainListAllCheckpoints',
    { dom: domain, need_results: int, flags: uint },
    { checkpoints: list(checkpoint, 16_384), ret: int },
  ),
} as const
