/** The laws, over namespaces plugged into a network. */
import { PORT_LAW_CASES } from '../support/law-cases.ts'
import { checkLaws } from '../support/laws.ts'

checkLaws(PORT_LAW_CASES)
