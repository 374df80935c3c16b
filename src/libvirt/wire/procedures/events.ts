/** What the server tells of its own accord. Each names the registration it answers, `callbackID`. */
import { event } from '../procedure.ts'
import {
  domain,
  graphicsAddress,
  graphicsIdentity,
  maybeString,
  network,
  nodeDevice,
  secret,
  storagePool,
  string,
  typedParam,
} from '../types.ts'
import { hyper, int, list, struct, uhyper, uint } from '../xdr.ts'

/** Messages as they were before registrations had numbers, and still are a part of those that came later. */
const BARE = struct({ dom: domain })
const LIFECYCLE = struct({ dom: domain, event: int, detail: int })

export const REMOTE_EVENTS = {
  DOMAIN_EVENT_LIFECYCLE: { kind: 'event', number: 107, message: LIFECYCLE },
  DOMAIN_EVENT_REBOOT: { kind: 'event', number: 169, message: BARE },
  DOMAIN_EVENT_RTC_CHANGE: event(170, { dom: domain, offset: hyper }),
  DOMAIN_EVENT_WATCHDOG: event(171, { dom: domain, action: int }),
  DOMAIN_EVENT_IO_ERROR: event(172, { dom: domain, srcPath: string, devAlias: string, action: int }),
  DOMAIN_EVENT_IO_ERROR_REASON: event(195, {
    dom: domain,
    srcPath: string,
    devAlias: string,
    action: int,
    reason: string,
  }),
  DOMAIN_EVENT_TRAY_CHANGE: event(268, { dom: domain, devAlias: string, reason: int }),
  DOMAIN_EVENT_PMWAKEUP: { kind: 'event', number: 269, message: BARE },
  DOMAIN_EVENT_PMSUSPEND: { kind: 'event', number: 270, message: BARE },
  DOMAIN_EVENT_BALLOON_CHANGE: event(276, { dom: domain, actual: uhyper }),
  DOMAIN_EVENT_PMSUSPEND_DISK: { kind: 'event', number: 292, message: BARE },
  DOMAIN_EVENT_DEVICE_REMOVED: event(311, { dom: domain, devAlias: string }),
  NETWORK_EVENT_LIFECYCLE: event(315, { callbackID: int, net: network, event: int, detail: int }),
  DOMAIN_EVENT_CALLBACK_LIFECYCLE: event(318, {
    callbackID: int,
    msg: struct({ dom: domain, event: int, detail: int }),
  }),
  DOMAIN_EVENT_CALLBACK_REBOOT: event(319, { callbackID: int, msg: struct({ dom: domain }) }),
  DOMAIN_EVENT_CALLBACK_RTC_CHANGE: event(320, {
    callbackID: int,
    msg: struct({ dom: domain, offset: hyper }),
  }),
  DOMAIN_EVENT_CALLBACK_WATCHDOG: event(321, { callbackID: int, msg: struct({ dom: domain, action: int }) }),
  DOMAIN_EVENT_CALLBACK_IO_ERROR: event(322, {
    callbackID: int,
    msg: struct({ dom: domain, srcPath: string, devAlias: string, action: int }),
  }),
  DOMAIN_EVENT_CALLBACK_GRAPHICS: event(323, {
    callbackID: int,
    msg: struct({
      dom: domain,
      phase: int,
      local: graphicsAddress,
      remote: graphicsAddress,
      authScheme: string,
      subject: list(graphicsIdentity, 20),
    }),
  }),
  DOMAIN_EVENT_CALLBACK_IO_ERROR_REASON: event(324, {
    callbackID: int,
    msg: struct({ dom: domain, srcPath: string, devAlias: string, action: int, reason: string }),
  }),
  DOMAIN_EVENT_CALLBACK_CONTROL_ERROR: event(325, { callbackID: int, msg: struct({ dom: domain }) }),
  DOMAIN_EVENT_CALLBACK_BLOCK_JOB: event(326, {
    callbackID: int,
    msg: struct({ dom: domain, path: string, type: int, status: int }),
  }),
  DOMAIN_EVENT_CALLBACK_DISK_CHANGE: event(327, {
    callbackID: int,
    msg: struct({
      dom: domain,
      oldSrcPath: maybeString,
      newSrcPath: maybeString,
      devAlias: string,
      reason: int,
    }),
  }),
  DOMAIN_EVENT_CALLBACK_TRAY_CHANGE: event(328, {
    callbackID: int,
    msg: struct({ dom: domain, devAlias: string, reason: int }),
  }),
  DOMAIN_EVENT_CALLBACK_PMWAKEUP: event(329, { callbackID: int, reason: int, msg: struct({ dom: domain }) }),
  DOMAIN_EVENT_CALLBACK_PMSUSPEND: event(330, { callbackID: int, reason: int, msg: struct({ dom: domain }) }),
  DOMAIN_EVENT_CALLBACK_BALLOON_CHANGE: event(331, {
    callbackID: int,
    msg: struct({ dom: domain, actual: uhyper }),
  }),
  DOMAIN_EVENT_CALLBACK_PMSUSPEND_DISK: event(332, {
    callbackID: int,
    reason: int,
    msg: struct({ dom: domain }),
  }),
  DOMAIN_EVENT_CALLBACK_DEVICE_REMOVED: event(333, {
    callbackID: int,
    msg: struct({ dom: domain, devAlias: string }),
  }),
  DOMAIN_EVENT_BLOCK_JOB_2: event(339, { callbackID: int, dom: domain, dst: string, type: int, status: int }),
  DOMAIN_EVENT_CALLBACK_TUNABLE: event(346, { callbackID: int, dom: domain, params: list(typedParam, 2048) }),
  DOMAIN_EVENT_CALLBACK_AGENT_LIFECYCLE: event(348, {
    callbackID: int,
    dom: domain,
    state: int,
    reason: int,
  }),
  DOMAIN_EVENT_CALLBACK_DEVICE_ADDED: event(354, { callbackID: int, dom: domain, devAlias: string }),
  DOMAIN_EVENT_CALLBACK_MIGRATION_ITERATION: event(359, { callbackID: int, dom: domain, iteration: int }),
  CONNECT_EVENT_CONNECTION_CLOSED: event(362, { reason: int }),
  DOMAIN_EVENT_CALLBACK_JOB_COMPLETED: event(363, {
    callbackID: int,
    dom: domain,
    params: list(typedParam, 64),
  }),
  DOMAIN_EVENT_CALLBACK_DEVICE_REMOVAL_FAILED: event(367, { callbackID: int, dom: domain, devAlias: string }),
  STORAGE_POOL_EVENT_LIFECYCLE: event(370, { callbackID: int, pool: storagePool, event: int, detail: int }),
  STORAGE_POOL_EVENT_REFRESH: event(373, { callbackID: int, pool: storagePool }),
  NODE_DEVICE_EVENT_LIFECYCLE: event(376, { callbackID: int, dev: nodeDevice, event: int, detail: int }),
  NODE_DEVICE_EVENT_UPDATE: event(377, { callbackID: int, dev: nodeDevice }),
  DOMAIN_EVENT_CALLBACK_METADATA_CHANGE: event(379, {
    callbackID: int,
    dom: domain,
    type: int,
    nsuri: maybeString,
  }),
  SECRET_EVENT_LIFECYCLE: event(382, { callbackID: int, secret, event: int, detail: int }),
  SECRET_EVENT_VALUE_CHANGED: event(383, { callbackID: int, secret }),
  DOMAIN_EVENT_BLOCK_THRESHOLD: event(385, {
    callbackID: int,
    dom: domain,
    dev: string,
    path: maybeString,
    threshold: uhyper,
    excess: uhyper,
  }),
  DOMAIN_EVENT_MEMORY_FAILURE: event(423, {
    callbackID: int,
    dom: domain,
    recipient: int,
    action: int,
    flags: uint,
  }),
  DOMAIN_EVENT_MEMORY_DEVICE_SIZE_CHANGE: event(438, {
    callbackID: int,
    dom: domain,
    alias: string,
    size: uhyper,
  }),
} as const
