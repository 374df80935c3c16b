/** The two programs whose modules are joined into one script each. */

export interface Bundle {
  /** The module that begins it. */
  readonly entry: string
  /** What to run in its stead when a source has changed. */
  readonly fromSource: string
  /** The joined script; its launcher in bin looks for it there. */
  readonly file: string
  /**
   * Which sources are compared before it begins. A command: what every command loads, and later what the one that was typed may load.
   * The daemon: all, for what it loads in a month must fit what it loads now.
   */
  readonly compares: 'what-is-typed' | 'all'
  /** A file for the modules that it may ask for later: the script's text is in memory as long as it runs. */
  readonly later?: string
}

export const WEFT: Bundle = {
  entry: 'src/cli/main.ts',
  fromSource: 'src/cli/from-source.ts',
  file: 'node_modules/.cache/weft.cjs',
  compares: 'what-is-typed',
}

export const WEFTD: Bundle = {
  entry: 'src/daemon/main.ts',
  fromSource: 'src/daemon/main.ts',
  file: 'node_modules/.cache/weftd.cjs',
  later: 'node_modules/.cache/weftd.later',
  compares: 'all',
}
