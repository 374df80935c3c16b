/** The laws, over a bridge that is put over the host's own NIC. */
import { checkLaws } from '../support/laws.ts'
import { UPLINK_LAW_CASES } from '../support/uplink-law-cases.ts'

checkLaws(UPLINK_LAW_CASES)
