/** Routes about firewalls of others on this host. */
import { change } from './route-kinds.ts'
import { array, boolean, object, string } from './shape.ts'

export interface NeighbourView {
  readonly name: string
  readonly drops: readonly string[]
  readonly asked: readonly { readonly network: string; readonly rule: string }[]
  readonly refuses: readonly string[]
  readonly isLeft: boolean
}

export interface StoppedFlowView {
  readonly network: string
  readonly flow: string
  readonly rule: string
  readonly owner: string
}

export interface NeighboursView {
  readonly neighbours: readonly NeighbourView[]
  readonly stopped: readonly StoppedFlowView[]
}

export interface SetNeighbourRequest {
  readonly leave: boolean
}

const asked = object<NeighbourView['asked'][number]>(
  { network: string(), rule: string({ description: 'in its own words' }) },
  'AskedRule',
)
const neighbour = object<NeighbourView>(
  {
    name: string({ description: 'docker, ufw, firewalld, iptables, nftables, podman' }),
    drops: array(string({ description: 'where it drops what none of its rules accepts' })),
    asked: array(asked),
    refuses: array(string({ description: 'a rule that names the bridge of a network: it comes first' })),
    isLeft: boolean('weft asks nothing of it'),
  },
  'Neighbour',
)
const stopped = object<StoppedFlowView>(
  {
    network: string(),
    flow: string({ description: 'what guests cannot do' }),
    rule: string({ description: 'the rule that stops it' }),
    owner: string({ description: 'whose rule that is' }),
  },
  'StoppedFlow',
)

export const NEIGHBOUR_ROUTES = {
  listNeighbours: {
    summary: 'Firewalls of others, and what is asked of them',
    params: {},
    query: {},
    body: undefined,
    reply: object<NeighboursView>({ neighbours: array(neighbour), stopped: array(stopped) }, 'Neighbours'),
    changes: false,
  },
  setNeighbour: change(
    'Ask nothing of a firewall of others, or again',
    { name: string() },
    object<SetNeighbourRequest>({ leave: boolean('ask nothing of it') }, 'SetNeighbour'),
  ),
} as const
