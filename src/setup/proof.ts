/** Proves in the sandbox that the network does what it promises: each line comes from a real packet. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { LeaseView } from '../api/views.ts'
import { insideSandbox, type Sandbox } from '../sandbox/world.ts'
import { askGuest, clearConsole } from './guest-shell.ts'
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

/** The guest's own web server; see guest-files.ts. */
const GUEST_PAGE = (ip: string): string => `http://${ip}/`

/** In the order in which a learner would ask. */
export async function proveNetwork(
  place: Place,
  sandbox: Sandbox,
  guests: Guests,
): Promise<readonly Proof[]> {
  const { first, second } = guests
  const ask = (command: string) => askGuest(place.connection, first.name, command)
  const proofs = [
    await bootProof(ask, first.name),
    await leaseProof(ask, first),
    await nameProof(ask, first.name, second),
    await outsideProof(ask, first.name),
    await noWayInProof(sandbox, first),
  ]
  await clearConsole(place.connection, first.name)
  return proofs
}

type Ask = (command: string) => Promise<{ readonly exitCode: number; readonly output: string }>

async function bootProof(ask: Ask, name: string): Promise<Proof> {
  const { output } = await ask('busybox uname -sr')
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

/** `timeout`, because wget's own -T makes busybox 1.35 crash. The web server outside answers with the address that it sees: this host's, when NAT is at work. */
async function outsideProof(ask: Ask, name: string): Promise<Proof> {
  const { output } = await ask(
    `busybox timeout 10 wget -q -O - http://${SANDBOX_OUTSIDE.address}/cgi-bin/whoami`,
  )
  const holds = output === SANDBOX_UPLINK_ADDRESS
  const evidence = holds ? `a web server there sees ${output}` : output
  return { claim: `${name} reaches the outside through NAT`, holds, evidence }
}

/**
 * The router knows the way to the guest, and this host's own connection shows that the guest does answer: only the firewall keeps the
 * outside from it.
 */
async function noWayInProof(sandbox: Sandbox, { name, lease }: Guests['first']): Promise<Proof> {
  const knock = ['timeout', '5', 'busybox', 'wget', '-q', '-O', '-', GUEST_PAGE(lease.ip)]
  const near = await answerTo(sandbox, knock)
  const far = await answerTo(sandbox, ['ip', 'netns', 'exec', 'outside', ...knock])
  return {
    claim: `the outside cannot open a connection to ${name}`,
    holds: near !== '' && far === '',
    evidence: near === '' ? 'its web server does not even answer this host' : doorEvidence(far),
  }
}

const doorEvidence = (far: string): string =>
  far === '' ? 'its web server answers this host, not the outside' : `its web server told the outside: ${far}`

/** What came back; nothing when the connection could not be opened. */
async function answerTo(sandbox: Sandbox, command: readonly string[]): Promise<string> {
  const [program = '', ...argv] = insideSandbox(sandbox, command)
  const running = promisify(execFile)(program, argv)
  running.child.stdin?.end()
  return running.then(
    ({ stdout }) => stdout.trim(),
    () => '',
  )
}
