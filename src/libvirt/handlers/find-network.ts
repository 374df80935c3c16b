/** Networks by what clients hold of them: names, and handles with UUIDs. */
import { listNetworks, networkState, type NetworkState } from '../../app/network-state.ts'
import type { App } from '../../app/ports.ts'
import { readOnce } from '../../core/host/read-once.ts'
import type { NetworkSpec, StoredNetwork } from '../../core/network/spec.ts'
import type { NetworkHandle } from '../wire/types.ts'
import { fail } from './failures.ts'

export const handleOf = ({ name, uuid }: NetworkSpec): NetworkHandle => ({ name, uuid })

/** Its name. Definitions are in memory; only one that is not kept has to be looked for on the host. */
export async function networkOf(app: App, { name, uuid }: NetworkHandle): Promise<string> {
  const spec = await findByUuid(app, uuid)
  if (spec === undefined)
    throw fail('noNetwork', 'network', `no network with matching uuid '${uuid}' (${name})`)
  return spec.name
}

const byUuid = readOnce(
  (stored: readonly StoredNetwork[]) => new Map(stored.map(({ spec }) => [spec.uuid, spec])),
)

export async function findByUuid(app: App, uuid: string): Promise<NetworkSpec | undefined> {
  return byUuid(app.networks.list()).get(uuid) ?? findSpec(app, (spec) => spec.uuid === uuid)
}

export async function findSpec(
  app: App,
  is: (spec: NetworkSpec) => boolean,
): Promise<NetworkSpec | undefined> {
  const stored = app.networks.list().find(({ spec }) => is(spec))
  if (stored !== undefined) return stored.spec
  return (await listNetworks(app)).find(({ spec }) => is(spec))?.spec
}

export async function stateOfNetwork(app: App, net: NetworkHandle): Promise<NetworkState> {
  const name = await networkOf(app, net)
  const state = await networkState(app, name)
  if (state === undefined) throw fail('noNetwork', 'network', `no network with matching name '${name}'`)
  return state
}
