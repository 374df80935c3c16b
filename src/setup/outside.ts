/** The way from this host to the outside, for the picture: the interface of the default route, its address, the next hop. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { insideSandbox, type Sandbox } from '../sandbox/world.ts'
import type { Outside } from './picture.ts'

/** As world.sh builds it. */
export const SANDBOX_OUTSIDE = { name: 'outside.example', address: '198.51.100.80' }
export const SANDBOX_UPLINK_ADDRESS = '192.0.2.10'

interface RouteJson {
  readonly gateway?: string
  readonly dev: string
}
interface AddressJson {
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number }[]
}

/** In the sandbox when one is given, else of the machine. */
export async function observeOutside(sandbox: Sandbox | undefined): Promise<Outside> {
  const [route] = await ip<RouteJson>(sandbox, ['route', 'show', 'default'])
  if (route === undefined) return { hops: [], uplink: undefined }
  const [link] = await ip<AddressJson>(sandbox, ['address', 'show', 'dev', route.dev, 'scope', 'global'])
  const [info] = link?.addr_info ?? []
  const address = info === undefined ? 'no address' : `${info.local}/${info.prefixlen}`
  const beyond = sandbox === undefined ? [{ name: 'the outside', address: '' }] : [SANDBOX_OUTSIDE]
  const router = route.gateway === undefined ? [] : [{ name: 'router', address: route.gateway }]
  return { hops: [...beyond, ...router], uplink: { name: route.dev, address } }
}

async function ip<T>(sandbox: Sandbox | undefined, argv: readonly string[]): Promise<readonly T[]> {
  const command = ['ip', '-json', '-4', ...argv]
  const [program = '', ...rest] = sandbox === undefined ? command : insideSandbox(sandbox, command)
  const { stdout } = await promisify(execFile)(program, rest)
  return stdout.trim() === '' ? [] : (JSON.parse(stdout) as T[])
}
