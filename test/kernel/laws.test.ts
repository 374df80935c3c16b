/** The laws, over every golden case of networks. */
import { NETWORK_LAW_CASES } from '../support/law-cases.ts'
import { checkLaws } from '../support/laws.ts'

checkLaws(NETWORK_LAW_CASES)
