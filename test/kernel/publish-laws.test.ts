/** The laws, over published ports. */
import { checkLaws } from '../support/laws.ts'
import { PUBLISH_LAW_CASES } from '../support/publish-law-cases.ts'

checkLaws(PUBLISH_LAW_CASES)
