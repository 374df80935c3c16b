/** Why a guest has no network. */
import type { DoctorFaultView, DoctorStageView, DoctorWayView } from '../../api/doctor-contract.ts'
import { findFaults, type Walked } from '../../app/doctor.ts'
import type { Fault, Stage } from '../../core/doctor/check.ts'
import type { Handlers } from '../handler.ts'

export const doctorHandlers = {
  doctor: async ({ app, query: { guest, probe } }) => {
    const ways = (await findFaults(app, guest, { probes: probe === true })).map(wayView)
    return { isHealthy: ways.every((way) => way.isHealthy), ways }
  },
} satisfies Handlers<'doctor'>

function wayView({ of, name, network, interface: end, stages }: Walked): DoctorWayView {
  return {
    of,
    name,
    network: network ?? null,
    interface: end ?? null,
    isHealthy: stages.every(({ fault }) => fault === undefined),
    stages: stages.map(stageView),
  }
}

function stageView({ stage, text, fault }: Stage): DoctorStageView {
  return { stage, text, fault: fault === undefined ? null : faultView(fault) }
}

function faultView({ kind, culprit, by, mend, advice }: Fault): DoctorFaultView {
  return { kind, culprit, by: by ?? null, mend: mend ?? null, advice: advice ?? null }
}
