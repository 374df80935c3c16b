/** What the route takes and gives that says why a guest has no network; a part of the contract. */
import { array, boolean, nullable, object, oneOf, string } from './shape.ts'

export interface DoctorView {
  readonly isHealthy: boolean
  /** The ways that were walked, each up to the first thing that is wrong. */
  readonly ways: readonly DoctorWayView[]
}

export interface DoctorWayView {
  readonly of: 'host' | 'network' | 'guest'
  readonly name: string
  readonly network: string | null
  /** The host's end of the guest's cable. */
  readonly interface: string | null
  readonly isHealthy: boolean
  readonly stages: readonly DoctorStageView[]
}

export interface DoctorStageView {
  readonly stage: string
  /** What was seen, or what is wrong. */
  readonly text: string
  readonly fault: DoctorFaultView | null
}

export interface DoctorFaultView {
  readonly kind: string
  readonly culprit: string
  /** Who typed what, where the history knows. */
  readonly by: string | null
  readonly mend: string | null
  readonly advice: string | null
}

const fault = object<DoctorFaultView>(
  {
    kind: string({ description: 'a word for it, the same each time' }),
    culprit: string({ description: 'the object, process or rule that does it' }),
    by: nullable(string({ description: 'who changed it, where the history knows' })),
    mend: nullable(string({ description: 'a command that mends it' })),
    advice: nullable(string({ description: 'what to do where no command mends it' })),
  },
  'DoctorFault',
)

const stage = object<DoctorStageView>(
  {
    stage: string({ description: 'what was looked at' }),
    text: string({ description: 'what was seen, or what is wrong' }),
    fault: nullable(fault),
  },
  'DoctorStage',
)

const way = object<DoctorWayView>(
  {
    of: oneOf('host', 'network', 'guest'),
    name: string(),
    network: nullable(string()),
    interface: nullable(string({ description: "the host's end of the guest's cable" })),
    isHealthy: boolean(),
    stages: array(stage),
  },
  'DoctorWay',
)

export const DOCTOR_ROUTES = {
  doctor: {
    summary:
      'Why a guest has no network: what is wrong first on its way, whose fault it is, and what mends it',
    params: {},
    query: {
      guest: string({ description: 'a machine or namespace, after a colon one of its NICs', maxLength: 255 }),
      probe: boolean('also try: pings, a question for a name, and one for an address that is not taken'),
    },
    body: undefined,
    reply: object<DoctorView>({ isHealthy: boolean(), ways: array(way) }, 'Doctor'),
    changes: false,
  },
} as const
