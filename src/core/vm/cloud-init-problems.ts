/** What is wrong with what a machine is to be told at its first boot: cloud-init itself would pass over most of it in silence. */
import type { Problem } from '../errors.ts'
import { hostNameOf } from './cloud-init.ts'
import type { VmSpec } from './spec.ts'

const MOST_USER_DATA = 512 * 1024

export function cloudInitProblems({ name, cloudInit }: VmSpec): Problem[] {
  if (cloudInit === undefined) return []
  const { user, sshKeys, userData } = cloudInit
  return [
    ...userProblems(user),
    ...hostNameProblems(hostNameOf({ name, cloudInit })),
    ...sshKeys.flatMap((key, i) => keyProblems(key, `cloudInit.sshKeys.${String(i)}`)),
    ...(userData === undefined ? [] : userDataProblems(userData)),
  ]
}

function userProblems(user: string): Problem[] {
  if (/^[a-z_][a-z0-9_-]{0,31}$/.test(user)) return []
  const hint = 'small letters, digits, dashes and underscores, at most 32'
  return [{ path: 'cloudInit.user', message: `'${user}' cannot be a user's name`, hint }]
}

function hostNameProblems(hostName: string): Problem[] {
  const label = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
  if (hostName.length <= 253 && new RegExp(`^${label}(\\.${label})*$`).test(hostName)) return []
  const hint = 'letters, digits and dashes, in parts of at most 63: --hostname web'
  return [{ path: 'cloudInit.hostName', message: `'${hostName}' cannot be a host's name`, hint }]
}

const KEY =
  /^(ssh-(rsa|ed25519)|ecdsa-sha2-nistp\d+|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) AAAA[A-Za-z0-9+/]+={0,3}( .*)?$/

function keyProblems(key: string, path: string): Problem[] {
  if (key.includes('PRIVATE KEY')) {
    const message = 'this is the private half of a key, which nobody but you may have'
    return [{ path, message, hint: 'give the other half: its name ends with .pub' }]
  }
  if (KEY.test(key) && !/\p{Cc}/u.test(key)) return []
  const shown = key.length > 40 ? `${key.slice(0, 40)}...` : key
  const hint = "one line as in ~/.ssh/id_ed25519.pub; 'ssh-keygen -t ed25519' makes one"
  return [{ path, message: `'${shown}' is not a public key of ssh`, hint }]
}

/** As cloud-init tells its formats apart, by how they begin. */
const BEGINNINGS = [
  '#cloud-config',
  '#!',
  '#include',
  '#cloud-boothook',
  '#part-handler',
  '## template: jinja',
  'Content-Type:',
  'MIME-Version:',
]

function userDataProblems(text: string): Problem[] {
  const problem = (message: string, hint: string): Problem[] => [
    { path: 'cloudInit.userData', message, hint },
  ]
  if (text.length > MOST_USER_DATA)
    return problem('the user-data is larger than 512 KiB', 'let it fetch the rest from inside the guest')
  if (text.includes('\0') || text.includes('\ufffd'))
    return problem('the user-data is not text', 'give it as it was before it was packed')
  if (BEGINNINGS.some((beginning) => text.startsWith(beginning))) return []
  const message = 'the user-data does not say what it is, and cloud-init would pass over it'
  return problem(message, 'begin it with #cloud-config, or with #!/bin/sh for a script')
}
