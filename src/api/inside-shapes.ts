/** Shapes of what is seen of machines that run: each is held to its interface in `inside-views.ts` by the compiler. */
import type * as Inside from './inside-views.ts'
import { array, boolean, integer, nullable, number, object, string } from './shape.ts'
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
    },
    'VmStats',
  ),
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
