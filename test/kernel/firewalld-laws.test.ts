/** The laws, over a network beside the distribution's firewalld. */
import { checkLaws } from '../support/laws.ts'
import { FIREWALL_LAW_CASES } from '../support/neighbour-law-cases.ts'

checkLaws(FIREWALL_LAW_CASES.filter(({ name }) => name === 'beside firewalld'))
