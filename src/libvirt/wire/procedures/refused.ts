/** Calls of libvirt up to version 9.0 that weft does not do: only their names and numbers, so that each is refused by its name. */
import type { Call } from '../procedure.ts'
import type { Codec } from '../xdr.ts'

/** Nobody looks at what they are called with. */
const unread: Codec<unknown> = {
  read: (from) => {
    from.at = from.bytes.length
    return {}
  },
  write: () => undefined,
}

function refused(number: number, access: 'read' | 'write', api: string): Call<unknown, unknown> {
  return { kind: 'call', number, access, api, args: unread, ret: unread }
}

export const REFUSED_CALLS: Readonly<Record<string, Call<unknown, unknown>>> = {
  DOMAIN_MIGRATE_PREPARE: refused(61, 'write', 'virDomainMigratePrepare'),
  DOMAIN_MIGRATE_PERFORM: refused(62, 'write', 'virDomainMigratePerform'),
  DOMAIN_MIGRATE_FINISH: refused(63, 'write', 'virDomainMigrateFinish'),
  DOMAIN_MIGRATE_PREPARE2: refused(108, 'write', 'virDomainMigratePrepare2'),
  DOMAIN_MIGRATE_FINISH2: refused(109, 'write', 'virDomainMigrateFinish2'),
  NODE_DEVICE_DETTACH: refused(118, 'write', 'virNodeDeviceDettach'),
  NODE_DEVICE_RE_ATTACH: refused(119, 'write', 'virNodeDeviceReAttach'),
  NODE_DEVICE_RESET: refused(120, 'write', 'virNodeDeviceReset'),
  NODE_DEVICE_CREATE_XML: refused(123, 'write', 'virNodeDeviceCreateXML'),
  NODE_DEVICE_DESTROY: refused(124, 'write', 'virNodeDeviceDestroy'),
  INTERFACE_DEFINE_XML: refused(131, 'write', 'virInterfaceDefineXML'),
  INTERFACE_UNDEFINE: refused(132, 'write', 'virInterfaceUndefine'),
  INTERFACE_CREATE: refused(133, 'write', 'virInterfaceCreate'),
  INTERFACE_DESTROY: refused(134, 'write', 'virInterfaceDestroy'),
  DOMAIN_MIGRATE_PREPARE_TUNNEL: refused(148, 'write', 'virDomainMigratePrepareTunnel'),
  CONNECT_COMPARE_CPU: refused(158, 'read', 'virConnectCompareCPU'),
  CONNECT_GET_SYSINFO: refused(203, 'read', 'virConnectGetSysinfo'),
  DOMAIN_MIGRATE_BEGIN3: refused(213, 'write', 'virDomainMigrateBegin3'),
  DOMAIN_MIGRATE_PREPARE3: refused(214, 'write', 'virDomainMigratePrepare3'),
  DOMAIN_MIGRATE_PREPARE_TUNNEL3: refused(215, 'write', 'virDomainMigratePrepareTunnel3'),
  DOMAIN_MIGRATE_PERFORM3: refused(216, 'write', 'virDomainMigratePerform3'),
  DOMAIN_MIGRATE_FINISH3: refused(217, 'write', 'virDomainMigrateFinish3'),
  DOMAIN_MIGRATE_CONFIRM3: refused(218, 'write', 'virDomainMigrateConfirm3'),
  INTERFACE_CHANGE_COMMIT: refused(221, 'write', 'virInterfaceChangeCommit'),
  INTERFACE_CHANGE_ROLLBACK: refused(222, 'write', 'virInterfaceChangeRollback'),
  DOMAIN_BLOCK_JOB_SET_SPEED: refused(239, 'write', 'virDomainBlockJobSetSpeed'),
  DOMAIN_OPEN_GRAPHICS: refused(249, 'write', 'virDomainOpenGraphics'),
  NODE_SET_MEMORY_PARAMETERS: refused(288, 'write', 'virNodeSetMemoryParameters'),
  DOMAIN_SEND_PROCESS_SIGNAL: refused(295, 'write', 'virDomainSendProcessSignal'),
  DOMAIN_OPEN_CHANNEL: refused(296, 'write', 'virDomainOpenChannel'),
  NODE_DEVICE_LOOKUP_SCSI_HOST_BY_WWN: refused(297, 'read', 'virNodeDeviceLookupSCSIHostByWWN'),
  DOMAIN_MIGRATE_GET_COMPRESSION_CACHE: refused(299, 'read', 'virDomainMigrateGetCompressionCache'),
  DOMAIN_MIGRATE_SET_COMPRESSION_CACHE: refused(300, 'write', 'virDomainMigrateSetCompressionCache'),
  NODE_DEVICE_DETACH_FLAGS: refused(301, 'write', 'virNodeDeviceDetachFlags'),
  DOMAIN_MIGRATE_BEGIN3_PARAMS: refused(302, 'write', 'virDomainMigrateBegin3Params'),
  DOMAIN_MIGRATE_PREPARE3_PARAMS: refused(303, 'write', 'virDomainMigratePrepare3Params'),
  DOMAIN_MIGRATE_PREPARE_TUNNEL3_PARAMS: refused(304, 'write', 'virDomainMigratePrepareTunnel3Params'),
  DOMAIN_MIGRATE_PERFORM3_PARAMS: refused(305, 'write', 'virDomainMigratePerform3Params'),
  DOMAIN_MIGRATE_FINISH3_PARAMS: refused(306, 'write', 'virDomainMigrateFinish3Params'),
  DOMAIN_MIGRATE_CONFIRM3_PARAMS: refused(307, 'write', 'virDomainMigrateConfirm3Params'),
  DOMAIN_SET_MEMORY_STATS_PERIOD: refused(308, 'write', 'virDomainSetMemoryStatsPeriod'),
  DOMAIN_CREATE_XML_WITH_FILES: refused(309, 'write', 'virDomainCreateXMLWithFiles'),
  DOMAIN_CREATE_WITH_FILES: refused(310, 'write', 'virDomainCreateWithFiles'),
  DOMAIN_PIN_IOTHREAD: refused(352, 'write', 'virDomainPinIOThread'),
  DOMAIN_ADD_IOTHREAD: refused(355, 'write', 'virDomainAddIOThread'),
  DOMAIN_DEL_IOTHREAD: refused(356, 'write', 'virDomainDelIOThread'),
  DOMAIN_MIGRATE_START_POST_COPY: refused(364, 'write', 'virDomainMigrateStartPostCopy'),
  DOMAIN_SET_PERF_EVENTS: refused(366, 'write', 'virDomainSetPerfEvents'),
  STORAGE_VOL_GET_INFO_FLAGS: refused(378, 'read', 'virStorageVolGetInfoFlags'),
  DOMAIN_SET_IOTHREAD_PARAMS: refused(402, 'write', 'virDomainSetIOThreadParams'),
  NETWORK_PORT_CREATE_XML: refused(406, 'write', 'virNetworkPortCreateXML'),
  NETWORK_PORT_GET_PARAMETERS: refused(407, 'read', 'virNetworkPortGetParameters'),
  NETWORK_PORT_SET_PARAMETERS: refused(408, 'write', 'virNetworkPortSetParameters'),
  NETWORK_PORT_DELETE: refused(410, 'write', 'virNetworkPortDelete'),
  DOMAIN_CHECKPOINT_GET_XML_DESC: refused(412, 'read', 'virDomainCheckpointGetXMLDesc'),
  DOMAIN_CHECKPOINT_LIST_ALL_CHILDREN: refused(414, 'read', 'virDomainCheckpointListAllChildren'),
  DOMAIN_CHECKPOINT_GET_PARENT: refused(416, 'read', 'virDomainCheckpointGetParent'),
  DOMAIN_CHECKPOINT_DELETE: refused(417, 'write', 'virDomainCheckpointDelete'),
  CONNECT_SET_IDENTITY: refused(419, 'write', 'virConnectSetIdentity'),
  DOMAIN_AGENT_SET_RESPONSE_TIMEOUT: refused(420, 'write', 'virDomainAgentSetResponseTimeout'),
  NODE_DEVICE_DEFINE_XML: refused(428, 'write', 'virNodeDeviceDefineXML'),
  NODE_DEVICE_UNDEFINE: refused(429, 'write', 'virNodeDeviceUndefine'),
  NODE_DEVICE_CREATE: refused(430, 'write', 'virNodeDeviceCreate'),
  NODE_DEVICE_SET_AUTOSTART: refused(434, 'write', 'virNodeDeviceSetAutostart'),
  DOMAIN_SET_LAUNCH_SECURITY_STATE: refused(439, 'write', 'virDomainSetLaunchSecurityState'),
  DOMAIN_SAVE_PARAMS: refused(440, 'write', 'virDomainSaveParams'),
  DOMAIN_RESTORE_PARAMS: refused(441, 'write', 'virDomainRestoreParams'),
  DOMAIN_ABORT_JOB_FLAGS: refused(442, 'write', 'virDomainAbortJobFlags'),
  DOMAIN_FD_ASSOCIATE: refused(443, 'write', 'virDomainFDAssociate'),
}
