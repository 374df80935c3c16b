/** The laws over shares that come to guests that run, and go from them: whatever a plan is cut off at, nothing is left half-done. */
import { checkLaws } from '../support/laws.ts'
import { SHARE_LAW_CASES } from '../support/share-law-cases.ts'

checkLaws(SHARE_LAW_CASES)
