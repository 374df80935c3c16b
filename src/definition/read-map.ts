/** Maps of a definition: known keys only, each once, with a guess at what was meant by the others. */
import type { Reading } from '../libvirt/xml/element-shape.ts'
import { didYouMean } from './did-you-mean.ts'
import type { YamlMap, YamlTree } from './yaml-tree.ts'

/** The values by key; keys that are not known are complained about. `what` is what the map describes: 'a network'. */
export function readMap<Key extends string>(
  map: YamlMap,
  keys: readonly Key[],
  what: string,
  reading: Reading,
): Partial<Record<Key, YamlTree>> {
  const values: Partial<Record<Key, YamlTree>> = {}
  for (const { key, place, value } of map.entries) {
    const known = keys.find((each) => each === key)
    if (known !== undefined) {
      values[known] = value
      continue
    }
    const meant = didYouMean(key, keys)
    const hint = meant === undefined ? `known are ${keys.join(', ')}` : `did you mean '${meant}'?`
    reading.problems.push({ path: key, message: `${what} has no '${key}'`, hint, ...place })
  }
  return values
}

/** The text of a word; anything else, nothing included, is complained about. */
export function readWord(tree: YamlTree | undefined, path: string, reading: Reading): string | undefined {
  if (tree === undefined) return undefined
  reading.places.set(path, tree.place)
  if (tree.kind === 'word' && tree.text !== undefined) return tree.text
  const instead = { word: 'nothing', list: 'a list', map: 'a map' }[tree.kind]
  reading.problems.push({
    path,
    message: `'${path}' is one value, but here stands ${instead}`,
    ...tree.place,
  })
  return undefined
}

/** `FIRST-LAST`. */
export function readSpan(
  tree: YamlTree | undefined,
  path: string,
  reading: Reading,
  hint = 'such as 20000-29999',
): { start: string; end: string } | undefined {
  const text = readWord(tree, path, reading)
  const [, start, end] = /^\s*(\S+?)\s*-\s*(\S+)\s*$/.exec(text ?? '') ?? []
  if (start !== undefined && end !== undefined) return { start, end }
  if (text !== undefined)
    reading.problems.push({ path, message: `'${text}' is not a range FIRST-LAST`, hint, ...tree?.place })
  return undefined
}

/** A list, or one value that stands for a list of one. */
export function readList(tree: YamlTree | undefined): readonly YamlTree[] {
  if (tree === undefined || (tree.kind === 'word' && tree.text === undefined)) return []
  return tree.kind === 'list' ? tree.items : [tree]
}

export function readYesNo(tree: YamlTree | undefined, path: string, reading: Reading): boolean | undefined {
  const word = readWord(tree, path, reading)
  if (word === undefined) return undefined
  const isYes = ['true', 'yes', 'on'].includes(word.toLowerCase())
  if (!isYes && !['false', 'no', 'off'].includes(word.toLowerCase())) {
    const message = `'${path}' is true or false, not '${word}'`
    reading.problems.push({ path, message, ...reading.places.get(path) })
  }
  return isYes
}

/** The same as libvirt's word for it. */
export function readTruthWord(
  tree: YamlTree | undefined,
  path: string,
  reading: Reading,
): 'yes' | 'no' | undefined {
  const truth = readYesNo(tree, path, reading)
  if (truth === undefined) return undefined
  return truth ? 'yes' : 'no'
}

/** A map of single values. `what` is what it describes: 'a TXT record'. */
export function readWords<Key extends string>(
  tree: YamlTree,
  keys: readonly Key[],
  path: string,
  what: string,
  reading: Reading,
): Partial<Record<Key, string>> {
  const map = expectMap(tree, path, reading)
  const words: Partial<Record<Key, string>> = {}
  if (map === undefined) return words
  const values = readMap(map, keys, what, reading)
  for (const key of keys) {
    const word = readWord(values[key], `${path}.${key}`, reading)
    if (word !== undefined) words[key] = word
  }
  return words
}

/** Complains when it is something other than a map. */
export function expectMap(tree: YamlTree, path: string, reading: Reading): YamlMap | undefined {
  reading.places.set(path, tree.place)
  if (tree.kind === 'map') return tree
  const message =
    path === '' ? 'a definition is a map of keys and values' : `'${path}' is a map of keys and values`
  reading.problems.push({ path, message, hint: 'such as: name: lab', ...tree.place })
  return undefined
}
