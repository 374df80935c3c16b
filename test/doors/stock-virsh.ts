/** Stock virsh against weftd, for tests in a throwaway world. */
import { runProgram, type Ran, type Weft } from './weft-process.ts'

export interface Virsh {
  readonly run: (...words: readonly string[]) => Ran
  /** Exit code, and what it said without the blank lines that it ends with. */
  readonly says: (...words: readonly string[]) => readonly [number | null, string]
  /** `name value` lines of a table, as `dominfo` prints them. */
  readonly table: (...words: readonly string[]) => Readonly<Record<string, string>>
}

export function virshOf({ root }: Pick<Weft, 'root'>): Virsh {
  const uri = `qemu+unix:///system?socket=${root}/run/weft/libvirt-sock`
  const run: Virsh['run'] = (...words) =>
    runProgram(['virsh', '-c', uri, ...words], { LC_ALL: 'C', HOME: root })
  return {
    run,
    says(...words) {
      const { code, out, err } = run(...words)
      return [code, `${out}${err}`.trim()]
    },
    table: (...words) =>
      Object.fromEntries(
        run(...words)
          .out.split('\n')
          .flatMap((line) => {
            const [, name, value] = /^\s*(.+?)\s*:\s+(.*?)\s*$/.exec(line) ?? []
            return name === undefined || value === undefined ? [] : [[name, value] as const]
          }),
      ),
  }
}
