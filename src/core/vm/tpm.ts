/** A TPM 2.0: a process of its own beside QEMU (swtpm), whose secrets are the machine's until it is deleted. */
import { confinedArgv } from '../host/confinement.ts'
import type { HostFacts } from '../host/facts.ts'
import { tpmDirectory } from '../host/paths.ts'
import { run, type SignalAction } from '../plan/action.ts'
import { cannotUndo, noUndo, type Step } from '../plan/plan.ts'
import { vmFiles } from './context.ts'
import { escapeCommas } from './qemu-value.ts'
import type { VmSpec } from './spec.ts'

export function tpmArgs({ name, tpm }: VmSpec, { paths }: HostFacts): string[] {
  if (tpm !== true) return []
  return [
    ...['-chardev', `socket,id=tpm,path=${escapeCommas(vmFiles(paths, name).tpm)}`],
    ...['-tpmdev', 'emulator,id=tpm0,chardev=tpm', '-device', 'tpm-crb,tpmdev=tpm0'],
  ]
}

/** Its socket is there when the program returns; the number of the process is written a moment later, to a file that root has opened. */
const START =
  'pid=$1; shift; "$@" 3>"$pid" || exit; n=0;' +
  ' until [ -s "$pid" ]; do n=$((n + 1)); [ $n -lt 500 ] || exit 1; sleep 0.01; done'

/** Before QEMU, once there is a run directory. `hasState`: it has been started before. */
export function tpmSteps({ name, tpm }: VmSpec, hasState: boolean, facts: HostFacts): Step[] {
  if (tpm !== true) return []
  const state = tpmDirectory(facts.paths, name)
  const { owner } = facts.qemuUser
  const { tpmPid } = vmFiles(facts.paths, name)
  const make: Step[] = [
    {
      reason: 'what TPMs of machines keep lies here',
      do: { kind: 'mkdir', path: state.slice(0, state.lastIndexOf('/')), mode: 0o755 },
      undo: noUndo("an empty directory is in nobody's way"),
    },
    {
      reason: `the TPM of ${name} has a directory of its own, new as from the factory`,
      do: { kind: 'mkdir', path: state, mode: 0o700, owner },
      undo: { kind: 'remove', path: state },
    },
  ]
  const swtpm = [
    ...['swtpm', 'socket', '--tpm2', '--tpmstate', `dir=${state},mode=0600`],
    ...['--ctrl', `${tpmMark(facts, name).match},mode=0600`, '--pid', 'fd=3', '--terminate', '--daemon'],
  ]
  return [
    ...(hasState ? [] : make),
    {
      reason: `the TPM of ${name} runs as '${facts.qemuUser.name}', and ends with its QEMU`,
      do: run('setsid', '--wait', 'sh', '-c', START, 'start', tpmPid, ...confinedArgv(facts, swtpm)),
      undo: endTpmAction(name, facts),
    },
  ]
}

const tpmMark = (facts: HostFacts, name: string): Pick<SignalAction, 'pidFile' | 'match'> => {
  const { tpm, tpmPid } = vmFiles(facts.paths, name)
  return { pidFile: tpmPid, match: `type=unixio,path=${tpm}` }
}

function endTpmAction(name: string, facts: HostFacts): SignalAction {
  return { kind: 'signal', ...tpmMark(facts, name), signal: 'TERM', waitMs: 5000 }
}

/** After QEMU's end, which it has heard of: it is told again, and waited for before its files go. */
export function endTpmStep(name: string, facts: HostFacts): Step {
  return {
    reason: `the TPM of ${name} has written down what it keeps`,
    do: endTpmAction(name, facts),
    undo: noUndo('it has ended with its machine'),
  }
}

/** With the machine, whatever its definition says by now: the next one of that name begins with a new one. */
export function forgetTpmSteps(name: string, { paths }: HostFacts): Step[] {
  return [
    {
      reason: `what the TPM of ${name} kept goes with it`,
      do: { kind: 'remove', path: tpmDirectory(paths, name) },
      undo: cannotUndo('keys that the TPM has made are gone, and what they sealed cannot be opened any more'),
    },
  ]
}

export function renameTpmSteps(from: string, to: string, { paths }: HostFacts): Step[] {
  const [before, after] = [tpmDirectory(paths, from), tpmDirectory(paths, to)]
  return [
    {
      reason: `what the TPM of ${from} keeps is that of ${to} now`,
      do: run('mv', '-T', before, after),
      undo: run('mv', '-T', after, before),
    },
  ]
}
