/** The laws, over cables that are pulled out, put in and made worse. */
import { CABLE_LAW_CASES } from '../support/law-cases.ts'
import { checkLaws } from '../support/laws.ts'

checkLaws(CABLE_LAW_CASES)
