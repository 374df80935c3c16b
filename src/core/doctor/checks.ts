/** All that the doctor asks, in the order in which a packet of a guest meets it. */
import type { Check } from './check.ts'
import { FORWARD_CHECKS, LAST_CHECKS } from './forward-checks.ts'
import { GUEST_CHECKS } from './guest-checks.ts'
import { HOST_CHECKS } from './host-checks.ts'
import { PLUG_CHECKS, PORT_CHECKS } from './plug-checks.ts'
import { PROBE_CHECKS } from './probe-checks.ts'
import { RULE_CHECKS } from './rule-checks.ts'
import { SERVICE_CHECKS, SWITCH_CHECKS } from './switch-checks.ts'

export const CHECKS: readonly Check[] = [
  ...PLUG_CHECKS,
  ...SWITCH_CHECKS,
  ...PORT_CHECKS,
  ...SERVICE_CHECKS,
  ...GUEST_CHECKS,
  ...FORWARD_CHECKS,
  ...RULE_CHECKS,
  ...PROBE_CHECKS.filter(({ of }) => of !== 'host'),
  ...LAST_CHECKS,
  ...HOST_CHECKS,
  ...PROBE_CHECKS.filter(({ of }) => of === 'host'),
]

/** Of one subject alone: in a look at everything each is asked once. */
export const checksOf = (of: Check['of']): readonly Check[] => CHECKS.filter((check) => check.of === of)
