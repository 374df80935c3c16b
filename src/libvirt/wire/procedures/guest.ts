/** Calls that the agent inside a machine answers. */
import { call } from '../procedure.ts'
import { domain, maybeString, string, typedParam } from '../types.ts'
import { hyper, int, list, uhyper, uint } from '../xdr.ts'

export const GUEST = {
  DOMAIN_FSTRIM: call(
    294,
    'write',
    'virDomainFSTrim',
    { dom: domain, mountPoint: maybeString, minimum: uhyper, flags: uint },
    {},
  ),
  DOMAIN_FSFREEZE: call(
    335,
    'write',
    'virDomainFSFreeze',
    { dom: domain, mountpoints: list(string, 256), flags: uint },
    { filesystems: int },
  ),
  DOMAIN_FSTHAW: call(
    336,
    'write',
    'virDomainFSThaw',
    { dom: domain, mountpoints: list(string, 256), flags: uint },
    { filesystems: int },
  ),
  DOMAIN_SET_TIME: call(
    338,
    'write',
    'virDomainSetTime',
    { dom: domain, seconds: hyper, nseconds: uint, flags: uint },
    {},
  ),
  DOMAIN_GET_GUEST_VCPUS: call(
    371,
    'write',
    'virDomainGetGuestVcpus',
    { dom: domain, flags: uint },
    { params: list(typedParam, 64) },
  ),
  DOMAIN_SET_GUEST_VCPUS: call(
    372,
    'write',
    'virDomainSetGuestVcpus',
    { dom: domain, cpumap: string, state: int, flags: uint },
    {},
  ),
  DOMAIN_SET_USER_PASSWORD: call(
    357,
    'write',
    'virDomainSetUserPassword',
    { dom: domain, user: maybeString, password: maybeString, flags: uint },
    {},
  ),
  DOMAIN_AUTHORIZED_SSH_KEYS_SET: call(
    425,
    'write',
    'virDomainAuthorizedSSHKeysSet',
    { dom: domain, user: string, keys: list(string, 2048), flags: uint },
    {},
  ),
} as const
