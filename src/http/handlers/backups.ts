/** Backups over HTTP. */
import type { BackupView } from '../../api/disk-views.ts'
import { createBackup, listBackups, restoreBackup } from '../../app/backups.ts'
import { WeftError } from '../../core/errors.ts'
import { backupDirectory, type Backup } from '../../core/vm/backup.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'

export const backupHandlers = {
  createBackup: ({ app, params, body, request }) => {
    const { to, incremental = false, quiesce = false, background = false, speed } = body
    const asked = { ...request, isIncremental: incremental, isQuiesced: quiesce, isBackground: background }
    return changeView(createBackup(app, params.name, to, speed === undefined ? asked : { ...asked, speed }))
  },
  restoreBackup: ({ app, params, body: { from, number }, request }) =>
    changeView(
      restoreBackup(app, params.name, { to: from, ...(number === undefined ? {} : { number }) }, request),
    ),
  listBackups: async ({ app, query: { from, vm } }) => {
    if (from?.startsWith('/') !== true)
      throw new WeftError('invalid-argument', 'the directory of the backups is missing', {
        hint: 'from=/srv/backup, an absolute path',
      })
    return (await listBackups(app, from.replace(/(?<=.)\/+$/, ''), vm)).map(backupView)
  },
} as const satisfies Handlers<'createBackup' | 'restoreBackup' | 'listBackups'>

function backupView(backup: Backup): BackupView {
  const { vm, number, parent = null, at, disks } = backup
  const shown = disks.map(({ disk, path, size }) => ({ disk, path, size }))
  return { vm, number, parent, at, directory: backupDirectory(backup), disks: shown }
}
