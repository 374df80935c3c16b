/** Calls that change how a machine runs: limits, processors, its end, its memory in a file. */
import { call } from '../procedure.ts'
import { domain, maybeString, string, typedParam } from '../types.ts'
import { int, list, opaque, uhyper, uint } from '../xdr.ts'

const sixteen = list(typedParam, 16)
const cpumap = opaque(2048)

export const DOMAIN_CHANGES = {
  DOMAIN_SET_VCPUS: call(32, 'write', 'virDomainSetVcpus', { dom: domain, nvcpus: uint }, {}),
  DOMAIN_SET_SCHEDULER_PARAMETERS: call(
    58,
    'write',
    'virDomainSetSchedulerParameters',
    { dom: domain, params: sixteen },
    {},
  ),
  DOMAIN_SET_MEMORY_PARAMETERS: call(
    197,
    'write',
    'virDomainSetMemoryParameters',
    { dom: domain, params: sixteen, flags: uint },
    {},
  ),
  DOMAIN_SET_BLKIO_PARAMETERS: call(
    205,
    'write',
    'virDomainSetBlkioParameters',
    { dom: domain, params: sixteen, flags: uint },
    {},
  ),
  DOMAIN_SET_SCHEDULER_PARAMETERS_FLAGS: call(
    219,
    'write',
    'virDomainSetSchedulerParametersFlags',
    { dom: domain, params: sixteen, flags: uint },
    {},
  ),
  DOMAIN_GET_SCHEDULER_PARAMETERS_FLAGS: call(
    223,
    'read',
    'virDomainGetSchedulerParametersFlags',
    { dom: domain, nparams: int, flags: uint },
    { params: sixteen },
  ),
  DOMAIN_PIN_VCPU_FLAGS: call(
    225,
    'write',
    'virDomainPinVcpuFlags',
    { dom: domain, vcpu: uint, cpumap, flags: uint },
    {},
  ),
  DOMAIN_SAVE_FLAGS: call(
    232,
    'write',
    'virDomainSaveFlags',
    { dom: domain, to: string, dxml: maybeString, flags: uint },
    {},
  ),
  DOMAIN_RESTORE_FLAGS: call(
    233,
    'write',
    'virDomainRestoreFlags',
    { from: string, dxml: maybeString, flags: uint },
    {},
  ),
  DOMAIN_SET_BLOCK_IO_TUNE: call(
    252,
    'write',
    'virDomainSetBlockIoTune',
    { dom: domain, disk: string, params: list(typedParam, 32), flags: uint },
    {},
  ),
  DOMAIN_PM_SUSPEND_FOR_DURATION: call(
    261,
    'write',
    'virDomainPMSuspendForDuration',
    { dom: domain, target: uint, duration: uhyper, flags: uint },
    {},
  ),
  DOMAIN_PM_WAKEUP: call(267, 'write', 'virDomainPMWakeup', { dom: domain, flags: uint }, {}),
  DOMAIN_SET_VCPU: call(
    384,
    'write',
    'virDomainSetVcpu',
    { dom: domain, cpumap: string, state: int, flags: uint },
    {},
  ),
  DOMAIN_SHUTDOWN_FLAGS: call(258, 'write', 'virDomainShutdownFlags', { dom: domain, flags: uint }, {}),
  DOMAIN_PIN_EMULATOR: call(279, 'write', 'virDomainPinEmulator', { dom: domain, cpumap, flags: uint }, {}),
  DOMAIN_CORE_DUMP_WITH_FORMAT: call(
    334,
    'write',
    'virDomainCoreDumpWithFormat',
    { dom: domain, to: string, dumpformat: uint, flags: uint },
    {},
  ),
  DOMAIN_DEFINE_XML_FLAGS: call(
    350,
    'write',
    'virDomainDefineXMLFlags',
    { xml: string, flags: uint },
    { dom: domain },
  ),
  DOMAIN_MANAGED_SAVE_DEFINE_XML: call(
    389,
    'write',
    'virDomainManagedSaveDefineXML',
    { dom: domain, dxml: maybeString, flags: uint },
    {},
  ),
  DOMAIN_SET_LIFECYCLE_ACTION: call(
    390,
    'write',
    'virDomainSetLifecycleAction',
    { dom: domain, type: uint, action: uint, flags: uint },
    {},
  ),
  CONNECT_BASELINE_HYPERVISOR_CPU: call(
    394,
    'write',
    'virConnectBaselineHypervisorCPU',
    {
      emulator: maybeString,
      arch: maybeString,
      machine: maybeString,
      virttype: maybeString,
      xmlCPUs: list(string, 256),
      flags: uint,
    },
    { cpu: string },
  ),
} as const
