/** weft job list */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatShare } from '../../disk-job.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'job list',
    summary: 'show what is being done to disks of machines that run, and how far it is',
    arguments: [],
    flags: {},
    examples: [
      ['weft job list', 'one line a disk'],
      ['weft job list --json', 'the same for a script, amounts as QEMU counts them'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const jobs = await ask(door, 'listJobs', {})
    const rows = jobs.map((job) => [
      job.vm,
      job.disk,
      job.kind,
      formatShare(job),
      job.path,
      job.target ?? '-',
    ])
    door.show(jobs, formatTable(['Machine', 'Disk', 'Job', 'Done', 'Image', 'To'], rows, door))
    return undefined
  },
)
