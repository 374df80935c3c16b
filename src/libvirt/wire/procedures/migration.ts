/** What is asked of a machine's way to another host, which no machine of weft goes. */
import { call } from '../procedure.ts'
import { domain, typedParam } from '../types.ts'
import { list, uhyper, uint } from '../xdr.ts'

export const MIGRATION = {
  DOMAIN_MIGRATE_SET_MAX_DOWNTIME: call(
    166,
    'write',
    'virDomainMigrateSetMaxDowntime',
    { dom: domain, downtime: uhyper, flags: uint },
    {},
  ),
  DOMAIN_MIGRATE_GET_MAX_DOWNTIME: call(
    387,
    'write',
    'virDomainMigrateGetMaxDowntime',
    { dom: domain, flags: uint },
    { downtime: uhyper },
  ),
  DOMAIN_GET_LAUNCH_SECURITY_INFO: call(
    396,
    'write',
    'virDomainGetLaunchSecurityInfo',
    { dom: domain, flags: uint },
    { params: list(typedParam, 64) },
  ),
  DOMAIN_MIGRATE_SET_MAX_SPEED: call(
    207,
    'write',
    'virDomainMigrateSetMaxSpeed',
    { dom: domain, bandwidth: uhyper, flags: uint },
    {},
  ),
  DOMAIN_MIGRATE_GET_MAX_SPEED: call(
    242,
    'write',
    'virDomainMigrateGetMaxSpeed',
    { dom: domain, flags: uint },
    { bandwidth: uhyper },
  ),
} as const
