/** A pool of another manager's becomes one of weft's. */
import type { Take } from './adopt-installation.ts'
import type { FoundPool } from '../../core/lab/installation.ts'
import { definePool } from '../pools.ts'

export function takePool({ name, path, notes }: FoundPool): Take {
  return async (app, request) => {
    const before = app.pools.find(name)
    const { result } = await definePool(app, { name, kind: 'directory', path }, request)
    const action = result === 'already-defined' ? 'keep' : before === undefined ? 'take' : 'replace'
    return { action, what: [path, ...notes] }
  }
}
