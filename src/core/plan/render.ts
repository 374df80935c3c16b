/** A plan as the shell script a person could have typed to the same effect: reasons are comments, secrets are never shown. */
import type {
  AgentAction,
  Action,
  Owner,
  QemuEvent,
  QmpAction,
  QmpJob,
  ReleaseAction,
  RunAction,
  SignalAction,
  StartingQemu,
  WriteAction,
} from './action.ts'
import { describeDisruption, disruptionOf } from './disruption.ts'
import type { Plan, Step } from './plan.ts'
import { shellComment, shellJoin, shellQuote, withInput, wrapCommand } from './shell-quote.ts'

/** Room for a command on one line of the script. */
const LINE_WIDTH = 110

/**
 * A script for plain `sh`: on top what it is and what guests notice of it. A start stops at the first failure; a stop carries on, as the
 * executor does.
 */
export function renderPlan(plan: Plan): string {
  const head = ['#!/bin/sh', shellComment(plan.title)]
  if (plan.steps.length === 0) return `${[...head, '# nothing to do'].join('\n')}\n`
  head.push(shellComment(describeDisruption(disruptionOf(plan))))
  if (plan.onFailure === 'take-back') head.push('set -e')
  const steps = plan.steps.map(renderStep)
  if (plan.pointOfNoReturn !== undefined) steps.splice(plan.pointOfNoReturn, 0, NO_RETURN)
  return `${[head.join('\n'), ...steps].join('\n\n')}\n`
}

const NO_RETURN = '# from here on there is no way back: the rest is done whatever fails\nset +e'

function renderStep(step: Step): string {
  const noticed = step.disrupts === undefined ? [] : [shellComment(describeDisruption(step.disrupts))]
  return [shellComment(step.reason), ...noticed, renderAction(step.do)].join('\n')
}

/** One action as shell; several lines when it has input, waits, or is long. */
export function renderAction(action: Action): string {
  switch (action.kind) {
    case 'run':
      return renderRun(action)
    case 'write':
      return renderWrite(action)
    case 'mkdir':
      return `install -d -m ${octal(action.mode)}${ownerFlags(action.owner)} ${pathWord(action.path)}`
    case 'remove':
      return `rm -rf ${pathWord(action.path)}`
    case 'sysctl':
      return shellJoin(['sysctl', '-q', '-w', `${action.key}=${action.value}`])
    case 'signal':
      return renderSignal(action)
    case 'release':
      return `# dhcp_release is in the package dnsmasq-utils\n${releaseCommand(action)}`
    case 'qmp':
      return renderQmp(action)
    case 'agent':
      return renderAgent(action)
  }
}

/** One line for logs and errors: the command without its input or content. */
export function renderHeadline(action: Action): string {
  switch (action.kind) {
    case 'run':
      return shellJoin(action.argv)
    case 'write':
      return `install -m ${octal(action.mode)}${ownerFlags(action.owner)} /dev/stdin ${pathWord(action.path)}`
    case 'signal':
      return `pkill -${action.signal} ${matchFlags(action)}`
    case 'qmp':
      return `qmp ${pathWord(action.socket)} ${qmpMessage(action)}`
    case 'agent':
      return `agent ${pathWord(action.socket)} ${agentMessage(action)}`
    case 'release':
      return releaseCommand(action)
    case 'mkdir':
    case 'remove':
    case 'sysctl':
      return renderAction(action)
  }
}

function renderRun(action: RunAction): string {
  const command = wrapCommand(action.argv, LINE_WIDTH)
  const accept = acceptClause(action.accept ?? [])
  const line = action.stdin === undefined ? `${command}${accept}` : withInput(command, action.stdin, accept)
  return action.drops === undefined ? line : `${line}\nrm -f ${pathWord(action.drops)}`
}

/** Lets the listed exit codes pass under `set -e`; any other ends the script as the command would have. */
function acceptClause(codes: readonly number[]): string {
  const others = codes.filter((code) => code !== 0)
  if (others.length === 0) return ''
  return others.length === 1
    ? ` || [ $? -eq ${others.join('')} ]`
    : ` || case $? in ${others.join('|')}) ;; *) false ;; esac`
}

/** Into a new file beside it, then over the old one: nobody ever reads half a file. */
function renderWrite(action: WriteAction): string {
  const fresh = `${action.path}.new`
  const install = `install -m ${octal(action.mode)}${ownerFlags(action.owner)} /dev/stdin ${pathWord(fresh)}`
  const written =
    action.isSecret === true
      ? `printf %s "\${SECRET:?holds what belongs there and is not shown}" | ${install}`
      : withInput(install, action.content)
  return `${written}\nmv -T ${pathWord(fresh)} ${pathWord(action.path)}`
}

/** Matching the command line as well keeps a stale pid file from hitting a stranger. */
function renderSignal(action: SignalAction): string {
  const match = matchFlags(action)
  const send = `pkill -${action.signal} ${match} 2>/dev/null || true`
  if (action.signal === 'HUP' || action.waitMs === 0) return send
  const tenths = Math.max(1, Math.ceil(action.waitMs / 100))
  return [
    send,
    `for tenth in $(seq ${String(tenths)}); do pgrep ${match} >/dev/null 2>&1 || break; sleep 0.1; done`,
    `[ -z "$(pgrep ${match} 2>/dev/null)" ]`,
    `rm -f ${pathWord(action.pidFile)}`,
  ].join('\n')
}

function releaseCommand(action: ReleaseAction): string {
  return shellJoin(['dhcp_release', action.interface, action.ip, action.mac])
}

function matchFlags(action: SignalAction): string {
  const pattern = action.match.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return `-F ${pathWord(action.pidFile)} -f -- ${shellQuote(pattern)}`
}

/** The pause keeps the socket open until QEMU has answered; `-N` closes it then. `nc` is Debian's netcat-openbsd. */
function renderQmp(action: QmpAction): string {
  const messages = shellJoin(['printf', '%s\\n', '{"execute":"qmp_capabilities"}', qmpMessage(action)])
  const once = `{ ${messages}; sleep 1; } | nc -N -U ${pathWord(action.socket)} | grep ${replyPattern(action)}`
  const note = '# nc with -U is in the package netcat-openbsd'
  const { starting, until, answers, job } = action
  if (job !== undefined) return renderJob(action, job)
  const ask = answers === undefined ? once : untilItHolds(once, answers.waitMs)
  const told = action.mayBeMissing === true ? `${ask} || true` : ask
  if (starting === undefined)
    return [note, told, ...(until === undefined ? [] : waitForDevice(action.socket, until))].join('\n')
  return [
    ...waitForSocket(action.socket, starting),
    note,
    `${ask} || { cat ${pathWord(starting.log)}; false; } >&2`,
  ].join('\n')
}

/** Whoever asks keeps the channel open until the agent has answered: it has no way to tell who has asked. */
function renderAgent(action: AgentAction): string {
  const seconds = String(Math.ceil(action.waitMs / 1000))
  const printed = shellJoin(['printf', '%s\\n', agentMessage(action)])
  const ask = `{ ${printed}; sleep 1; } | timeout ${seconds} nc -N -U ${pathWord(action.socket)}`
  const answer = action.isSilent === true ? `! ${ask} | grep '"error"'` : `${ask} | grep '"return"'`
  return `# nc with -U is in the package netcat-openbsd\n${answer}`
}

const agentMessage = ({ command, arguments: args }: AgentAction): string =>
  JSON.stringify({ execute: command, arguments: args })

/** Asked each second until the job is concluded; what went wrong stands in the last answer. */
function renderJob(action: QmpAction, { id, waitMs }: QmpJob): string {
  const send = (message: string, pattern: string): string => {
    const messages = shellJoin(['printf', '%s\\n', '{"execute":"qmp_capabilities"}', message])
    return `{ ${messages}; sleep 1; } | nc -N -U ${pathWord(action.socket)} | grep ${pattern}`
  }
  const tries = String(Math.max(1, Math.ceil(waitMs / 1000)))
  const look = send('{"execute":"query-jobs"}', `'"concluded".*"id": "${id}"'`)
  const dismiss = send(
    `{"execute":"job-dismiss","arguments":{"id":"${id}"},"id":"weft"}`,
    `'"return".*"weft"'`,
  )
  return [
    '# nc with -U is in the package netcat-openbsd',
    send(qmpMessage(action), replyPattern(action)),
    `for try in $(seq ${tries}); do said=$(${look}) && break; done`,
    dismiss,
    `case $said in *'"error"'*) echo "$said" >&2; false ;; esac`,
  ].join('\n')
}

/** A person has no ear for events, and looks whether the device is still there. */
function waitForDevice(socket: string, wanted: QemuEvent): string[] {
  const { device, waitMs, event } = wanted
  if (event.includes('JOB')) return waitForJob(socket, wanted)
  const list = '{"execute":"qom-list","arguments":{"path":"/machine/peripheral"}}'
  const messages = shellJoin(['printf', '%s\\n', '{"execute":"qmp_capabilities"}', list])
  const isThere = `{ ${messages}; sleep 1; } | nc -N -U ${pathWord(socket)} | grep -q '"name": "${device}"'`
  return [`for second in $(seq ${String(Math.ceil(waitMs / 1000))}); do ${isThere} || break; done`]
}

/** Until it has that status, or is gone. */
function waitForJob(socket: string, { device, waitMs, status }: QemuEvent): string[] {
  const messages = shellJoin([
    'printf',
    '%s\\n',
    '{"execute":"qmp_capabilities"}',
    '{"execute":"query-jobs"}',
  ])
  const list = `{ ${messages}; sleep 1; } | nc -N -U ${pathWord(socket)} | tr '{' '\\n' | grep '"id": "${device}"'`
  const is = status === undefined ? `${list} >/dev/null || break` : `${list} | grep -q '"${status}"' && break`
  return [`for second in $(seq ${String(Math.ceil(waitMs / 1000))}); do ${is}; done`]
}

/** The whole reply is one line, its fields in no order. */
function replyPattern({ answers }: QmpAction): string {
  if (answers === undefined) return `'"return".*"id": "weft"'`
  return shellQuote(`"${answers.field}": "${answers.is}".*"id": "weft"`)
}

/** Each try takes a second. */
function untilItHolds(once: string, waitMs: number): string {
  const tries = String(Math.max(1, Math.ceil(waitMs / 1000)))
  return `for try in $(seq ${tries}); do ${once} && break; [ "$try" -lt ${tries} ] || false; done`
}

/** Ends as soon as there is a socket or no QEMU any more. */
function waitForSocket(socket: string, starting: StartingQemu): string[] {
  const tenths = String(Math.max(1, Math.ceil(starting.waitMs / 100)))
  const isThere = `[ -S ${pathWord(socket)} ]`
  const runs = `kill -0 "$(cat ${pathWord(starting.pidFile)})" 2>/dev/null`
  return [`for tenth in $(seq ${tenths}); do ${isThere} && break; ${runs} || break; sleep 0.1; done`]
}

function qmpMessage(action: QmpAction): string {
  const message = { execute: action.command, arguments: action.arguments, id: 'weft' }
  return JSON.stringify(message)
}

function ownerFlags(owner: Owner | undefined): string {
  return owner === undefined ? '' : ` -o ${String(owner.uid)} -g ${String(owner.gid)}`
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

/** Paths in plans are absolute; one that is not must still not be read as an option. */
function pathWord(path: string): string {
  return shellQuote(path.startsWith('-') ? `./${path}` : path)
}
