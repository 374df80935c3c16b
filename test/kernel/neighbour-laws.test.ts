/** The laws, over networks beside firewalls of others. */
import { checkLaws } from '../support/laws.ts'
import { NEIGHBOUR_LAW_CASES } from '../support/neighbour-law-cases.ts'

checkLaws(NEIGHBOUR_LAW_CASES)
