/** The word somebody may have meant. */

/** The nearest candidate when it is near enough to be a slip of the fingers. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const near = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= (candidate.length < 4 ? 1 : 2))
    .sort((a, b) => a.distance - b.distance)
  return near[0]?.candidate
}

/** Letters to insert, delete or exchange. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [i, letter] of Array.from(from).entries()) {
    const next = [i + 1]
    for (const [j, other] of Array.from(to).entries()) {
      const exchanged = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, exchanged))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
