/** Between whoever sends bytes and whoever takes them: at most one piece waits, so that nobody's memory fills. */
import type { FilePiece } from '../../app/disk-ports.ts'

export interface BytePipe {
  /** Ends where `end` was called, and throws what `break` was called with. Read by one. */
  readonly pieces: () => AsyncIterable<FilePiece>
  /** Resolves when the piece has been put away, or nobody wants any more. */
  push(piece: FilePiece): Promise<void>
  end(): void
  break(error: Error): void
}

interface Waiting {
  readonly piece: FilePiece
  readonly taken: () => void
}

export function createBytePipe(): BytePipe {
  const waiting: Waiting[] = []
  let wake = (): void => undefined
  let isOver = false
  let broken: Error | undefined

  async function* pieces(): AsyncGenerator<FilePiece> {
    try {
      for (;;) {
        if (broken !== undefined) throw broken
        const next = waiting.shift()
        if (next !== undefined) {
          yield next.piece
          next.taken()
        } else if (isOver) return
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    } finally {
      isOver = true
      for (const { taken } of waiting.splice(0)) taken()
    }
  }

  return {
    pieces,
    push(piece) {
      if (isOver) return Promise.resolve()
      return new Promise((taken) => {
        waiting.push({ piece, taken })
        wake()
      })
    },
    end() {
      isOver = true
      wake()
    },
    break(error) {
      broken ??= error
      wake()
    },
  }
}
