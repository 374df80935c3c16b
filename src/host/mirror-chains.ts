/** The chains of everybody's firewall tables, remembered until the monitor tells that some chain or table of others has changed. */
import type { NftShell } from './nft-shell.ts'

export interface ChainsMirror {
  /** `nft list chains`: without their rules. */
  read(): Promise<string | undefined>
  /** A line of `nft monitor`. */
  hear(line: string): void
  forget(): void
}

/** `add chain ip filter FORWARD { type filter hook forward ...`, `delete table ip filter`, what it could not tell, a flush. */
const CHANGE = /^(\w+ (chain|table) (?!(inet|bridge) weft\b)|flush|# ERROR)/

export function createChainsMirror(nft: NftShell): ChainsMirror {
  let known: Promise<string | undefined> | undefined
  const forget = (): void => {
    known = undefined
  }
  return {
    read() {
      const answer = known ?? nft.list('list chains')
      known = answer
      answer.catch(() => {
        if (known === answer) forget()
      })
      return answer
    },
    hear(line) {
      if (CHANGE.test(line)) forget()
    },
    forget,
  }
}
