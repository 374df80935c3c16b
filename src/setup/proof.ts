/** Proves in the sandbox that the network does what it promises: each line comes from a real packet. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { LeaseView } from '../api/views.ts'
import { insideSandbox, type Sandbox } from '../sandbox/world.ts'
import { askGuest } from './guest-shell.ts'
import { SANDBOX_OUTSIDE, SANDBOX_UPLINK_ADDRESS } from './outside.ts'
import type { Place } from './weftd.ts'

export interface Proof {
  readonly claim: string
  readonly holds: boolean
  /** What was seen. */
  readonly evidence: string
}

export interface Guests {
  readonly first: { readonly name: string; readonly lease: LeaseView }
  readonly second: { readonly name: string; readonly lease: LeaseView }
}

const GUEST_PORT = 7007

/** In the order in which a learner would ask. */
export async function proveNetwork(
  place: Place,
  sandbox: Sandbox,
  guests: Guests,
): Promise<readonly Proof[]> {
  const { first, second } = guests
  const ask = (command: string) => askGuest(place.connection, first.name, command)
  return [
    await bootProof(ask, first.name),
    await leaseProof(ask, first),
    await nameProof(ask, first.name, second),
    await outsideProof(ask, first.name),
    await noWayInProof(sandbox, ask, first),
  ]
}

type Ask = (command: string) => Promise<{ readonly exitCode: number; readonly output: string }>

async function bootProof(ask: Ask, name: string): Promise<Proof> {
  const { output } = await ask('uname -sr')
  return { claim: `${name} has booted`, holds: /^Linux \d/.test(output), evidence: output }
}

async function leaseProof(ask: Ask, { name, lease }: Guests['first']): Promise<Proof> {
  const { output } = await ask('ip -4 -o addr show dev eth0')
  const holds = output.includes(` ${lease.ip}/`)
  return { claim: `${name} has the address it was leased`, holds, evidence: holds ? lease.ip : output }
}

async function nameProof(ask: Ask, name: string, other: Guests['second']): Promise<Proof> {
  const { output } = await ask(`nslookup ${other.name}`)
  const addresses = [...output.matchAll(/Address(?: \d+)?:\s+([\d.]+)(?!\S)/g)].map((match) => match[1])
  const holds = addresses.includes(other.lease.ip)
  return { claim: `${name} finds ${other.name} by name`, holds, evidence: holds ? other.lease.ip : output }
}

/** The web server outside answers with the address that it sees: this host's, when NAT is at work. */
async function outsideProof(ask: Ask, name: string): Promise<Proof> {
  const { output } = await ask(`wget -T 10 -q -O - http://${SANDBOX_OUTSIDE.address}/cgi-bin/whoami`)
  const holds = output === SANDBOX_UPLINK_ADDRESS
  const evidence = holds ? `a web server there sees ${output}` : output
  return { claim: `${name} reaches the outside through NAT`, holds, evidence }
}

/** This host's own connection is the control: the guest does listen, and only the outside is kept from it. */
async function noWayInProof(sandbox: Sandbox, ask: Ask, { name, lease }: Guests['first']): Promise<Proof> {
  await ask(`(nc -ll -p ${GUEST_PORT} -e echo hello </dev/null >/dev/null 2>&1 &)`)
  const knock = ['busybox', 'nc', '-w', '2', lease.ip, String(GUEST_PORT)]
  const near = await answerTo(sandbox, knock)
  const far = await answerTo(sandbox, ['ip', 'netns', 'exec', 'outside', ...knock])
  await ask('killall nc')
  const evidence =
    near === 'hello'
      ? far === ''
        ? `port ${GUEST_PORT} answers this host, not the outside`
        : `port ${GUEST_PORT} answered the outside: ${far}`
      : `port ${GUEST_PORT} does not even answer this host`
  return {
    claim: `the outside cannot open a connection to ${name}`,
    holds: near === 'hello' && far === '',
    evidence,
  }
}

/** What came back; nothing when the connection could not be opened. */
async function answerTo(sandbox: Sandbox, command: readonly string[]): Promise<string> {
  const [program = '', ...argv] = insideSandbox(sandbox, command)
  const running = promisify(execFile)(program, argv, { timeout: 5000 })
  running.child.stdin?.end()
  return running.then(
    ({ stdout }) => stdout.trim(),
    () => '',
  )
}
