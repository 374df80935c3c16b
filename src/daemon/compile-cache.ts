/**
 * Stripping types takes a compiler in WebAssembly that stays resident: 18 MB, for good. From the second start on everything comes from
 * the compile cache and the compiler is never loaded. So when this start needed it, the cache is completed and the process becomes
 * itself anew: same process id, same open files (a socket of systemd's included), none of the memory.
 */
import { flushCompileCache, getCompileCacheDir } from 'node:module'

const MARK = 'WEFT_CACHE_FILLED'

/** Does not return when it begins anew. Once only: a cache that cannot be written does not make a loop. */
export async function restartWhenCold(): Promise<void> {
  const hasTried = process.env[MARK] !== undefined
  Reflect.deleteProperty(process.env, MARK)
  if (hasTried || !isCompilerLoaded() || getCompileCacheDir() === undefined) return
  // What is loaded later, when somebody needs it, must not bring the compiler back.
  await Promise.all([
    import('../definition/network.ts'),
    import('../api/openapi.ts'),
    import('../qemu/kvm-probe.ts'),
    import('../host/run-command.ts'),
  ])
  flushCompileCache()
  const words = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  process.execve?.(process.execPath, words, { ...process.env, [MARK]: '1' })
}

function isCompilerLoaded(): boolean {
  const { moduleLoadList } = process as unknown as { readonly moduleLoadList?: readonly string[] }
  return moduleLoadList?.some((name) => name.includes('amaro')) === true
}
