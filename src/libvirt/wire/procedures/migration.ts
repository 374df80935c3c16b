/** What is asked of a machine's way to another host, which no machine of weft goes. */
import { call } from '../procedure.ts'
import { domain } from '../types.ts'
import { uhyper, uint } from '../xdr.ts'

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
