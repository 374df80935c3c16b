/** Shapes of what is seen of machines that run: each is held to its interface in `inside-views.ts` by the compiler. */
import type * as Inside from './inside-views.ts'
import { array, boolean, integer, nullable, number, object, oneOf, string } from './shape.ts'
import { VIEWS } from './view-shapes.ts'

export const INSIDE = {
  vmStats: object<Inside.VmStatsView>(
    {
      name: string(),
      pid: integer(),
      at: string({ description: 'RFC 3339' }),
      cpus: integer(),
      memoryMiB: integer(),
      cpuSeconds: number(),
      residentBytes: integer(),
      disks: array(
        object<Inside.DiskUsageView>({
          device: string(),
          readBytes: integer(),
          writtenBytes: integer(),
          reads: integer(),
          writes: integer(),
        }),
      ),
      nics: array(
        object<Inside.NicUsageView>({ interface: string(), received: VIEWS.count, sent: VIEWS.count }),
      ),
      guestMemory: nullable(
        object<Inside.GuestMemoryView>({
          at: string({ description: 'RFC 3339: it is asked at each look, for the next' }),
          total: nullable(integer()),
          available: nullable(integer({ description: 'without anything being swapped out' })),
          free: nullable(integer()),
          caches: nullable(integer()),
          swappedIn: nullable(integer()),
          swappedOut: nullable(integer()),
        }),
      ),
    },
    'VmStats',
  ),
  address: object<Inside.VmAddressView>(
    {
      mac: string(),
      network: string(),
      interface: nullable(string()),
      guestInterface: nullable(string()),
      ip: string(),
      prefix: nullable(integer()),
      source: oneOf('lease', 'agent', 'arp'),
    },
    'VmAddress',
  ),
  written: object<Inside.WrittenView>({ bytes: integer(), isInPlace: boolean() }, 'Written'),
  exec: object<Inside.ExecView>(
    {
      exitCode: nullable(integer()),
      signal: nullable(integer()),
      stdout: string({ description: 'base64' }),
      stderr: string({ description: 'base64' }),
      isCut: boolean(),
    },
    'ExecResult',
  ),
} as const
