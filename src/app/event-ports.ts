/** What happens, for everybody who listens. */
import type { SecretSpec } from '../core/storage/secret.ts'
import type { DiskJobKind } from '../core/vm/disk-job.ts'
import type { MachineNews, Outcome } from './ports.ts'

export type WeftEvent =
  | {
      readonly kind: 'network'
      readonly name: string
      readonly what:
        | 'defined'
        | 'undefined'
        | 'started'
        | 'updated'
        | 'stopped'
        | 'dnsmasq-ended'
        | 'repaired'
        | 'rules-changed'
    }
  | {
      readonly kind: 'vm'
      readonly name: string
      readonly what:
        | 'defined'
        | 'deleted'
        | 'renamed'
        | 'started'
        | 'restored'
        | 'stopped'
        | 'restarting'
        | MachineNews['what']
      /** The reason, in words. */
      readonly because?: string
    }
  | {
      readonly kind: 'port'
      readonly network: string
      readonly interface: string
      readonly what: 'added' | 'removed' | 'link-up' | 'link-down'
    }
  | {
      readonly kind: 'capture'
      readonly guest: string
      readonly interface: string
      readonly what: 'started' | 'ended'
      readonly by: string
    }
  | {
      readonly kind: 'lease'
      readonly network: string
      readonly what: 'given' | 'ended'
      readonly ip: string
      readonly mac: string
      readonly name: string | null
    }
  | {
      readonly kind: 'image'
      readonly name: string
      readonly what: 'pulling' | 'pulled' | 'imported' | 'deleted' | 'not-pulled'
      /** Bytes that are here, and bytes there are, where that is known. */
      readonly received?: number
      readonly total?: number | null
    }
  | {
      readonly kind: 'device'
      readonly vm: string
      /** As QEMU calls it: disk1, nic0. */
      readonly device: string
      /** To or from a machine that runs. */
      readonly what: 'added' | 'removed'
    }
  | {
      readonly kind: 'job'
      readonly vm: string
      /** What QEMU calls the disk. */
      readonly disk: string
      readonly job: DiskJobKind
      /** `ready`: it is held until somebody says how it ends. */
      readonly what: 'begun' | 'ready' | 'done' | 'given-up'
      readonly because?: string
    }
  | {
      readonly kind: 'backup'
      readonly vm: string
      readonly what: 'begun' | 'done' | 'given-up'
      readonly because?: string
    }
  | {
      /** What a machine's definition notes of it, and nothing else of it. */
      readonly kind: 'metadata'
      readonly vm: string
      readonly what: 'title' | 'description' | 'element'
      /** Whose element it is. */
      readonly namespace: string | null
    }
  | {
      readonly kind: 'pool'
      readonly name: string
      /** `refreshed`: what lies there is another, or somebody wanted it looked at. */
      readonly what: 'defined' | 'undefined' | 'started' | 'stopped' | 'built' | 'deleted' | 'refreshed'
    }
  | ({
      readonly kind: 'secret'
      readonly what: 'defined' | 'undefined' | 'set'
    } & Pick<SecretSpec, 'uuid' | 'use' | 'id'>)
  | { readonly kind: 'firewall'; readonly what: 'repaired' }
  | {
      readonly kind: 'condition'
      readonly what: 'raised' | 'cleared'
      readonly network: string | null
      readonly message: string
    }
  | { readonly kind: 'change'; readonly number: number; readonly title: string; readonly outcome: Outcome }

export interface Events {
  emit(event: WeftEvent): void
  /** Returns the way to stop listening. */
  subscribe(listener: (event: WeftEvent) => void): () => void
}
