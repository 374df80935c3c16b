/**
 * The end of every joined script, which loads its modules. Two looks: at what is compared before anything runs, and at what the command
 * typed may load, before that runs. Whoever sees a changed file hands over to the source, which begins anew; what has begun stays with
 * what it began with. A command from source joins anew at its end; for weftd its launcher does so, when there is no script any more.
 */

/** Knows `project`, `entry`, `source`, `removesStale`, `stamps`, `start`, `groups` and `modules`, which stand above it. */
export const LOADER = `
const { statSync, unlinkSync } = require('node:fs')
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
const loaded = new Map()
function load(path) {
  let exports = loaded.get(path)
  if (exports === undefined) {
    loaded.set(path, (exports = {}))
    modules[path]({ exports, load, lazy, require, url: 'file://' + encodeURI(project + '/' + path) })
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
if (start.every(isFresh)) load(entry)
else fromSource()
`
