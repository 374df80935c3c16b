/** The laws, over networks that change while a guest is plugged in. */
import { CHANGE_LAW_CASES } from '../support/change-law-cases.ts'
import { checkLaws } from '../support/laws.ts'

checkLaws(CHANGE_LAW_CASES)
