/**
 * The end of every joined script, which loads its modules. Two looks: at what is compared before anything runs, and at what the command
 * typed may load, before that runs. Whoever sees a changed file hands over to the source, which begins anew; what has begun stays with
 * what it began with. A command from source joins anew at its end; for weftd its launcher does so, when there is no script any more.
 */

/** Knows `project`, `entry`, `source`, `removesStale`, `stamps`, `start`, `groups`, `later` and `modules`, which stand above it. */
export const LOADER = `
const { openSync, readSync, statSync, unlinkSync } = require('node:fs')
const isFresh = (index) => {
  const [path, changed, size] = stamps[index]
  const seen = statSync(project + '/' + path, { throwIfNoEntry: false })
  return seen?.ctimeMs === changed && seen.size === size
}
const fromSource = () => {
  try {
    if (removesStale) unlinkSync(__filename)
  } catch {}
  return import(project + '/' + source)
}
const read = (file, start, length) => {
  const bytes = Buffer.alloc(length)
  return bytes.latin1Slice(0, readSync(file, bytes, 0, length, start))
}
// Kept open: whoever replaces the file leaves this one as it is.
let laterFile
const hasLater = () => {
  if (later === null) return true
  try {
    laterFile = openSync(project + '/' + later.file)
    return read(laterFile, 0, later.name.length) === later.name
  } catch {
    return false
  }
}
const moduleAt = (path) => {
  const { constants, Script } = require('node:vm')
  const script = new Script('(' + read(laterFile, ...later.places[path]) + ')', {
    // Where it would look for a library.
    filename: project + '/' + path,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  return script.runInThisContext()
}
const loaded = new Map()
function load(path) {
  let exports = loaded.get(path)
  if (exports === undefined) {
    loaded.set(path, (exports = {}))
    const begin = modules[path] ?? moduleAt(path)
    begin({ exports, load, lazy, require, url: 'file://' + encodeURI(project + '/' + path) })
  }
  return exports
}
let hasBegun = false
async function lazy(path) {
  if (!hasBegun && groups[path]?.every(isFresh) === false) {
    await fromSource()
    return new Promise(() => {})
  }
  hasBegun = true
  return load(path)
}
if (start.every(isFresh) && hasLater()) load(entry)
else fromSource()
`
