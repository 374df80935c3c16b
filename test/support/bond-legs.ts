/** A bond with two legs, whose other ends are in one switch of the peer's. */
import { canPing, run, until } from './real-app.ts'
import { PEER } from './uplink-world.ts'

export const LEGS = ['leg0', 'leg1'] as const

/** Lines of `ip` that make the legs, and that switch in the namespace of the peer. */
export const layLegs = (far: string): string[] => [
  `-n ${PEER} link add ${far} type bridge`,
  ...LEGS.flatMap((leg) => [
    `link add ${leg} type veth peer name far-${leg} netns ${PEER}`,
    `-n ${PEER} link set far-${leg} master ${far} up`,
  ]),
]

export async function assertLegsInBond(): Promise<void> {
  for (const leg of LEGS) await until(`${leg} is in the bond`, () => masterOf(leg) === 'bond0')
}

export async function assertAnswered(): Promise<void> {
  for (const address of ['192.0.2.10', '2001:db8::10'])
    await until(`${address} answers`, () => canPing(PEER, address))
}

export const masterOf = (link: string): string | undefined =>
  /master (\S+)/.exec(run('ip', 'link', 'show', 'dev', link))?.[1]
