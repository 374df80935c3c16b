/** The rules of layers.json, and the sentence for each import that breaks one. */
import type { Import } from './source-tree.ts'

export interface Layer {
  /** Files and folders this layer may import at run time; its own folder always. */
  readonly may: readonly string[]
  /** Files and folders it may import as types only. */
  readonly types?: readonly string[]
  /** `true`: any of Node's modules; a list: only these. */
  readonly node?: true | readonly string[]
  readonly npm?: readonly string[]
}

export interface LayerRules {
  readonly layers: Readonly<Record<string, Layer>>
  /** Node's modules that cost too much when imported at the top of a file, with the reason. */
  readonly heavy: Readonly<Record<string, string>>
}

const isUnder = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)
const isIn = (path: string, folders: readonly string[]): boolean => folders.some((f) => isUnder(path, f))

/** The longest entry that covers the file. */
export function layerOf(rules: LayerRules, path: string): string | undefined {
  return Object.keys(rules.layers)
    .filter((name) => isUnder(path, name))
    .sort((a, b) => b.length - a.length)[0]
}

/** Why this file may not import that; undefined when it may. */
export function refuse(rules: LayerRules, path: string, wanted: Import): string | undefined {
  const name = layerOf(rules, path)
  const layer = name === undefined ? undefined : rules.layers[name]
  if (name === undefined || layer === undefined)
    return `${path} is in no layer: list its folder in layers.json`
  const purity = isUnder(path, 'src/core') ? 'src/core is pure: ' : ''
  if (wanted.kind === 'file') {
    if (wanted.target.endsWith('.test.ts')) return `${path} may not import a test, ${wanted.target}`
    if (layerOf(rules, wanted.target) === name || isIn(wanted.target, layer.may)) return undefined
    if (wanted.isTypeOnly && isIn(wanted.target, layer.types ?? [])) return undefined
    const asTypes = isIn(wanted.target, layer.types ?? []) ? ' other than as types' : ''
    return `${purity}${path} may not import ${wanted.target}${asTypes}`
  }
  if (wanted.kind === 'npm') {
    return layer.npm?.includes(wanted.target) === true
      ? undefined
      : `${purity}${path} may not import npm package ${wanted.target}`
  }
  const mayNode = layer.node === true || layer.node?.includes(wanted.target) === true
  if (!mayNode) return `${purity}${path} may not import ${wanted.target}`
  const heavy = rules.heavy[wanted.target]
  if (heavy === undefined || wanted.isTypeOnly || wanted.isLazy) return undefined
  return `${path} may not import ${wanted.target} at its top: ${heavy}`
}
