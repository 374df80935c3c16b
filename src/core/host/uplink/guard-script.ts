/**
 * The dead-man's switch of a change to the host's own way out: a script for plain `sh` that takes it back unless somebody confirms it in
 * time. It needs nothing of weft, so that it works when weftd, the shell or the connection has died, and it can be run at any moment and
 * again: before the change, half-way through it, and after.
 */
import { shellComment, shellQuote } from '../../plan/shell-quote.ts'

export interface Guard {
  /** `bridge 'br0' over 'eth0'`: fits after "takes back". */
  readonly what: string
  /** All it keeps lies here, and goes when it has done its work. */
  readonly directory: string
  /** Lines of shell that are needed first. */
  readonly before: readonly string[]
  /** The link the host was on, and lines of `ip -batch` that put it back there; `$(left N)` in them is run by the shell. */
  readonly link: string
  readonly lines: readonly string[]
  /** Lines for `ip -6 -batch`: rules say their family in no other way. */
  readonly lines6: readonly string[]
  /** Of that link, as it was: 0 for a moment, so that an address is there at once. */
  readonly acceptDad: string | undefined
  /** Holds only when all is back. */
  readonly check: string
  /** Lines of shell that put files back: those that outlast a reboot, and those that go with it. They set `failed`. */
  readonly files: readonly string[]
  readonly states: readonly string[]
  /** Shell: waits for whoever was told a moment ago. */
  readonly rests: string | undefined
  /** Makes whoever keeps the link read its files again, before the links are put back or after. */
  readonly again?: Again
  readonly tell: { readonly line: string; readonly when: 'before' | 'after' } | undefined
  /** Shell, when all is back. */
  readonly settle: string | undefined
}

/** At boot, when nobody else makes a confirmed bridge again. */
export interface Again {
  readonly nic: string
  readonly before: readonly string[]
  readonly lines: readonly string[]
  readonly lines6: readonly string[]
}

/** A sum that the shell does when it comes to that: what is left of a lifetime, in seconds since the boot. */
export const leftAt =
  (atUptime: number) =>
  (seconds: number): string =>
    `$(left ${String(Math.floor(atUptime + seconds))})`

export const guardScript = (guard: Guard): string => `#!/bin/sh
${shellComment(`Takes back ${guard.what}, unless it is confirmed in time. Made by weft; it needs nothing of weft.`)}
# arm SECONDS: begins to wait; now: takes it back at once; boot: the same if there was a reboot since, which has taken the links along.
directory=${shellQuote(guard.directory)}
cd "$directory" 2>/dev/null || exit 0
boot=$(cat /proc/sys/kernel/random/boot_id)

up() {
  read -r seconds rest </proc/uptime
  echo "\${seconds%%.*}"
}

left() {
  rest=$(($1 - $(up)))
  [ "$rest" -gt 0 ] || rest=1
  echo "$rest"
}

restore_links() {
${indented(guard.before)}${dadLine(guard, '0')}${batch('nice -n -20 ip -force -batch -', guard.lines)}${batch('ip -6 -force -batch -', guard.lines6)}${dadLine(guard, guard.acceptDad ?? '')}  ${guard.check}
}

restore_files() {
  failed=0
${indented(guard.files)}  [ "$failed" = 0 ]
}

restore_states() {
  failed=0
${indented(guard.states)}  [ "$failed" = 0 ]
}

${againFunction(guard)}take_back() {
  # Whoever confirms takes the same lock: it is the one or the other.
  exec 9>lock
  flock 9
  [ -e armed ] || exit 0
  restore_files >/dev/null 2>said
  files=$?
  if [ "$(cat armed)" = "$boot" ]; then
${tellLine(guard, 'before')}${toldLine(guard.rests)}    # Somebody else may be at the links in the same moment.
    tries=5
    until restore_links >/dev/null 2>>said; do
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || exit 1
      sleep 1
    done
    restore_states >/dev/null 2>>said || exit 1
${tellLine(guard, 'after')}${toldLine(guard.settle)}  fi
  [ "$files" = 0 ] || exit 1
  cd /
  rm -rf "$directory"
}

case $1 in
arm)
  echo "$boot" >armed.new
  sync armed.new
  mv -T armed.new armed
  setsid sh "$0" wait "$2" </dev/null >/dev/null 2>&1 &
  echo $! >guard.pid
  ;;
wait)
  # Whoever asked for it may hang up.
  trap '' HUP INT QUIT
  end=$(($(up) + $2))
  while [ "$(up)" -lt "$end" ]; do
    sleep 1
    [ -e armed ] || exit 0
    [ "$(cat guard.pid)" = $$ ] || exit 0
  done
  take_back
  ;;
now)
  take_back
  ;;
boot)
  [ "$(cat armed 2>/dev/null || echo "$boot")" = "$boot" ] || take_back
${guard.again === undefined ? '' : '  [ -e armed ] || make_again\n'}  ;;
esac
`

function againFunction({ again }: Guard): string {
  if (again === undefined) return ''
  const { nic, before, lines, lines6 } = again
  const found = `[ -e /sys/class/net/${shellQuote(nic)} ]`
  return `make_again() {
  [ -e confirmed ] && [ "$(cat confirmed)" != "$boot" ] || return 0
  for tenth in $(seq 100); do ${found} && break; sleep 0.1; done
  ${found} || return 0
${indented(before)}${batch('ip -force -batch -', lines)}${batch('ip -6 -force -batch -', lines6)}  echo "$boot" >confirmed
} >/dev/null 2>said

`
}

const tellLine = ({ tell }: Guard, when: 'before' | 'after'): string =>
  tell?.when === when ? toldLine(tell.line) : ''

const toldLine = (line: string | undefined): string =>
  line === undefined ? '' : `    ${line} >/dev/null 2>>said\n`

const indented = (lines: readonly string[]): string => lines.map((line) => `  ${line}\n`).join('')

function batch(command: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `  ${command} <<LINES\n${lines.join('\n')}\nLINES\n`
}

const dadLine = ({ link, acceptDad }: Guard, value: string): string =>
  acceptDad === undefined ? '' : `  echo ${value} >/proc/sys/net/ipv6/conf/${shellQuote(link)}/accept_dad\n`
