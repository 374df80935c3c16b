/** The routes that say why something does not work, or who gets where; a part of the contract. */
import { DOCTOR_ROUTES } from './doctor-contract.ts'
import { EXPOSURE_ROUTES } from './exposure-contract.ts'
import { TRACE_ROUTES } from './trace-contract.ts'

export const WHY_ROUTES = { ...DOCTOR_ROUTES, ...TRACE_ROUTES, ...EXPOSURE_ROUTES } as const
