/** Machines in files of the user's: virsh save, restore and save-image-*. */
import { changeSaveFile, readSaveFile, restoreVmFrom, saveVmTo, type ComesBack } from '../../app/save-file.ts'
import { WeftError } from '../../core/errors.ts'
import { nvramFile } from '../../core/host/paths.ts'
import { withoutSecrets } from '../../core/vm/cloud-init.ts'
import { omit } from '../../core/vm/omit.ts'
import type { SaveFile } from '../../core/vm/save-file.ts'
import { formatDomainXml } from '../xml/domain/domain.ts'
import { fail } from './failures.ts'
import { runningMachine, specOf } from './find-machine.ts'
import type { Context, Handlers } from './handler.ts'

/** virDomainSaveRestoreFlags. Whether the host caches what is written is its own affair. */
const RUNNING = 2
const PAUSED = 4
const RESET_NVRAM = 8

export const SAVE_HANDLERS = {
  DOMAIN_SAVE: async (context, { dom, to }) => {
    await saveVmTo(context.app, runningMachine(context, dom), to, {}, context.change)
    return {}
  },
  DOMAIN_SAVE_FLAGS: async (context, { dom, to, dxml, flags }) => {
    const name = runningMachine(context, dom)
    if (dxml !== null) throw otherXml()
    await saveVmTo(context.app, name, to, comesBack(flags), context.change)
    return {}
  },
  DOMAIN_RESTORE: (context, { from }) => restore(context, from, {}),
  DOMAIN_MANAGED_SAVE_DEFINE_XML: (context, { dom, dxml }) => {
    const { name } = specOf(context, dom)
    const saved = context.app.saves.find(name)
    if (saved === undefined) throw fail('invalid', 'qemu', 'domain does not have managed save image')
    const nvram = nvramFile(context.app.facts.paths, name)
    if (words(dxml ?? '') !== words(formatDomainXml(withoutSecrets(saved.live.spec), { nvram })))
      throw otherXml()
    return {}
  },
  DOMAIN_RESTORE_FLAGS: async (context, { from, dxml, flags }) => {
    if ((flags & RESET_NVRAM) !== 0)
      throw fail('unsupportedArgument', 'qemu', 'weft restores a machine with the NVRAM that it had')
    if (dxml !== null) await refuseOtherXml(context, from, dxml)
    return restore(context, from, comesBack(flags))
  },
  DOMAIN_SAVE_IMAGE_GET_XML_DESC: async (context, { file }) => ({
    xml: xmlOf(context, await readSave(context, file)),
  }),
  DOMAIN_SAVE_IMAGE_DEFINE_XML: async (context, { file, dxml, flags }) => {
    await refuseOtherXml(context, file, dxml)
    await changeSaveFile(context.app, file, comesBack(flags), context.change)
    return {}
  },
} as const satisfies Partial<Handlers<SaveName>>

type SaveName =
  | 'DOMAIN_SAVE'
  | 'DOMAIN_SAVE_FLAGS'
  | 'DOMAIN_MANAGED_SAVE_DEFINE_XML'
  | 'DOMAIN_RESTORE'
  | 'DOMAIN_RESTORE_FLAGS'
  | 'DOMAIN_SAVE_IMAGE_GET_XML_DESC'
  | 'DOMAIN_SAVE_IMAGE_DEFINE_XML'

async function restore(
  { app, change }: Context,
  from: string,
  how: ComesBack,
): Promise<Readonly<Record<string, never>>> {
  await orNoFile(from, () => restoreVmFrom(app, from, how, change))
  return {}
}

function comesBack(flags: number): ComesBack {
  if ((flags & RUNNING) !== 0 && (flags & PAUSED) !== 0)
    throw fail(
      'invalidArgument',
      'domain',
      "Flags 'VIR_DOMAIN_SAVE_RUNNING' and 'VIR_DOMAIN_SAVE_PAUSED' are mutually exclusive",
    )
  if ((flags & RUNNING) !== 0) return { state: 'running' }
  return (flags & PAUSED) === 0 ? {} : { state: 'paused' }
}

const xmlOf = ({ app }: Context, { saved: { name, live } }: SaveFile): string =>
  formatDomainXml(omit(withoutSecrets(live.spec), 'isTransient'), { nvram: nvramFile(app.facts.paths, name) })

/** Editors give back what they were shown. */
async function refuseOtherXml(context: Context, path: string, given: string): Promise<void> {
  if (words(given) !== words(xmlOf(context, await readSave(context, path)))) throw otherXml()
}

const words = (text: string): string =>
  text
    .replace(/^<\?xml[^>]*\?>/, '')
    .replace(/\s+/g, ' ')
    .trim()

const readSave = ({ app }: Context, path: string): Promise<SaveFile> =>
  orNoFile(path, () => readSaveFile(app, path))

/** libvirt tells it in the kernel's words. */
async function orNoFile<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof WeftError) || error.code !== 'not-found') throw error
    throw fail('system', 'qemu', `Failed to open file '${path}': No such file or directory`)
  }
}

const otherXml = (): Error =>
  fail(
    'unsupportedArgument',
    'qemu',
    'weft restores a machine as it was saved: its definition stays the same',
  )
