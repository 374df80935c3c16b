/** The laws, over machines: a real QEMU each time. */
import { VM_LAW_CASES } from '../support/vm-law-cases.ts'
import { checkLaws } from '../support/laws.ts'

checkLaws(VM_LAW_CASES)
