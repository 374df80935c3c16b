/** The program QEMU: monitor and agent commands. */
import { call, event } from '../procedure.ts'
import { domain, maybeString, string } from '../types.ts'
import { hyper, int, optional, uint } from '../xdr.ts'

export const QEMU_PROCEDURES = {
  DOMAIN_MONITOR_COMMAND: call(
    1,
    'write',
    'virDomainQemuMonitorCommand',
    { dom: domain, cmd: string, flags: uint },
    { result: string },
  ),
  DOMAIN_AGENT_COMMAND: call(
    3,
    'write',
    'virDomainQemuAgentCommand',
    { dom: domain, cmd: string, timeout: int, flags: uint },
    { result: maybeString },
  ),
  CONNECT_DOMAIN_MONITOR_EVENT_REGISTER: call(
    4,
    'write',
    'virConnectDomainQemuMonitorEventRegister',
    { dom: optional(domain), event: maybeString, flags: uint },
    { callbackID: int },
  ),
  CONNECT_DOMAIN_MONITOR_EVENT_DEREGISTER: call(
    5,
    'write',
    'virConnectDomainQemuMonitorEventDeregister',
    { callbackID: int },
    {},
  ),
  DOMAIN_MONITOR_EVENT: event(6, {
    callbackID: int,
    dom: domain,
    event: string,
    seconds: hyper,
    micros: uint,
    details: maybeString,
  }),
} as const
