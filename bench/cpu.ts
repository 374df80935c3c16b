/** CPU time of a daemon and everything it starts: a control group counts what processes that come and go have used. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'

export interface CpuGroup {
  /** Put in front of an argv: the program and its children are counted. */
  readonly enter: string
  /** User and system time so far, in ms. */
  usedMs(): number
  remove(): void
}

/** cpu.stat is there in every cgroup v2 group, no controller needed. */
export function cpuGroup(name: string): CpuGroup {
  const mount = cgroupMount()
  if (mount === undefined) throw new Error('the benchmark needs a mounted cgroup2 filesystem')
  const group = `${mount}/${groupPrefix(process.env['WEFT_BENCH_INSIDE'])}${name}`
  mkdirSync(group, { recursive: true })
  return {
    enter: `echo $BASHPID > ${group}/cgroup.procs; exec`,
    usedMs: () => Number(/usage_usec (\d+)/.exec(readFileSync(`${group}/cpu.stat`, 'utf8'))?.[1]) / 1000,
    remove: () => {
      try {
        writeFileSync(`${group}/cgroup.kill`, '1')
        rmdirSync(group)
      } catch {
        // Its processes are still dying; an empty group does no harm.
      }
    },
  }
}

/** When everything that was measured has ended; `run` is what the groups were named after. */
export function removeCpuGroups(run: string): void {
  const mount = cgroupMount()
  if (mount === undefined) return
  for (const name of readdirSync(mount)) if (name.startsWith(groupPrefix(run))) rmdirSync(`${mount}/${name}`)
}

const groupPrefix = (run: string | undefined): string => `weft-bench-${run ?? ''}-`

function cgroupMount(): string | undefined {
  const lines = readFileSync('/proc/mounts', 'utf8').split('\n')
  return lines.find((line) => line.split(' ')[2] === 'cgroup2')?.split(' ')[1]
}
