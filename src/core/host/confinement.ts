/** How QEMU's programs are kept small: another user, no capabilities, and no way to get any back. */
import type { HostFacts } from './facts.ts'

/** `argv` as QEMU's user. The group kvm, where there is one, is what opens /dev/kvm. */
export function confinedArgv(facts: HostFacts, argv: readonly string[]): [string, ...string[]] {
  const { owner, kvmGid } = facts.qemuUser
  const groups =
    kvmGid === undefined || kvmGid === owner.gid ? '--clear-groups' : `--groups=${String(kvmGid)}`
  return [
    'setpriv',
    ...[`--reuid=${String(owner.uid)}`, `--regid=${String(owner.gid)}`, groups],
    ...['--bounding-set=-all', '--inh-caps=-all', '--no-new-privs', '--'],
    ...argv,
  ]
}
