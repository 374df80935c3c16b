/** weft ssh: a shell in a machine, or one command */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { constants, homedir } from 'node:os'
import { join } from 'node:path'
import type { VmView } from '../../api/views.ts'
import { WeftError } from '../../core/errors.ts'
import { ask } from '../ask.ts'
import { declareCommand, type Door } from '../declare.ts'

export const command = declareCommand(
  {
    words: 'ssh',
    summary: 'log in to a machine, or run one command there',
    about:
      "Runs this host's own ssh with the address and the user that weft knows. Host keys are kept apart from yours, by the machine's UUID: " +
      'a machine that is made anew under the same name is a new host, without a warning about the old one.',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      { name: 'COMMAND', summary: 'what to run there, after --', optional: true, rest: true },
    ],
    flags: {
      user: { kind: 'text', value: 'NAME', summary: 'log in as somebody else' },
      identity: { kind: 'text', short: 'i', value: 'FILE', summary: 'your private key', completes: 'file' },
      config: {
        kind: 'switch',
        summary: 'print a block for ~/.ssh/config instead, for scp, rsync and editors',
      },
    },
    examples: [
      ['weft ssh web', 'a shell in the machine'],
      ['weft ssh web -- sudo apt-get update', 'one command; its exit code is that of weft ssh'],
      ['weft ssh web --config >> ~/.ssh/config', "afterwards 'ssh web' and 'scp file web:' do it too"],
    ],
    changes: false,
  },
  async ({ arguments: { VM: name, COMMAND: words }, flags }, door) => {
    const vm = await ask(door, 'showVm', { params: { name } })
    const host = { vm, address: addressOf(vm), user: flags.user ?? userOf(vm), identity: flags.identity }
    if (flags.config) {
      door.show(host, formatConfig(host))
      return undefined
    }
    return runSsh(door, [...sshWords(host), ...words])
  },
)

interface SshHost {
  readonly vm: VmView
  readonly address: string
  readonly user: string
  readonly identity: string | undefined
}

function addressOf({ name, state, nics }: VmView): string {
  if (state !== 'running')
    throw new WeftError('wrong-state', `cannot log in to machine '${name}': it is ${state}`, {
      hint: `weft vm start ${name}`,
    })
  const [ip] = nics.flatMap((nic) => nic.ip ?? [])
  if (ip !== undefined) return ip
  throw new WeftError('wrong-state', `machine '${name}' has no address that weft knows`, {
    hint: `weft vm wait ${name} --for ssh; or look: weft vm console ${name}`,
  })
}

function userOf({ name, cloudInit }: VmView): string {
  if (cloudInit !== null) return cloudInit.user
  throw new WeftError('invalid-argument', `weft does not know who may log in to machine '${name}'`, {
    hint: `weft ssh ${name} --user NAME`,
  })
}

/** For OpenSSH, in the words of ssh_config(5). */
function optionsOf({ vm, user, identity }: SshHost): readonly (readonly [string, string])[] {
  return [
    ['User', user],
    ['HostKeyAlias', vm.name],
    ['UserKnownHostsFile', knownHosts(vm)],
    ['StrictHostKeyChecking', 'accept-new'],
    ...(identity === undefined ? [] : [['IdentityFile', identity] as const]),
  ]
}

function sshWords(host: SshHost): string[] {
  return [...optionsOf(host).flatMap(([key, value]) => ['-o', `${key}=${quoted(value)}`]), host.address]
}

function formatConfig(host: SshHost): string {
  const lines = [['HostName', host.address] as const, ...optionsOf(host)]
  return `Host ${host.vm.name}\n${lines.map(([key, value]) => `    ${key} ${quoted(value)}\n`).join('')}`
}

const quoted = (value: string): string => (/[\s"]/.test(value) ? `"${value}"` : value)

/** One file a machine that ever was: another machine has another UUID. */
function knownHosts({ uuid }: VmView): string {
  const state = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state')
  const directory = join(state, 'weft/known-hosts')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return join(directory, uuid)
}

/** From within the sandbox, when that is where the machine is. */
async function runSsh({ isSandbox, root }: Door, words: readonly string[]): Promise<number> {
  if (isSandbox) {
    const { getSandbox, runInside } = await import('../../sandbox/command.ts')
    return runInside(getSandbox(root), ['ssh', ...words])
  }
  const child = spawn('ssh', words, { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(
        new WeftError('missing-program', "could not run 'ssh'", {
          hint: 'apt-get install openssh-client',
          cause: error,
        }),
      )
    })
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}
