/**
 * Returns the candidate that `word` was probably meant to be, or nothing where none is near.
 *
 * Near means an optimal-string-alignment distance (one insertion, deletion, replacement or swap of
 * neighbours costs 1) of at most a third of the word's length, at least 1. Equal distances fall to the
 * candidate that sorts first.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const lower = word.toLowerCase();
  const letters = new Letters(lower);
  let best: string | undefined;
  let bestDistance = limit;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > bestDistance) continue;
    const other = candidate.toLowerCase();
    // Most candidates share few letters: what is counted need not be aligned.
    if (letters.leastDistance(other) > bestDistance) continue;
    const distance = editDistance(lower, other, bestDistance);
    if (distance > bestDistance) continue;
    if (distance < bestDistance || best === undefined || candidate < best) best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** Returns the sentence `Did you mean "x"?` for a near candidate, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const near = nearest(word, candidates);
  return near === undefined ? undefined : `Did you mean "${near}"?`;
}

/** How often each letter stands in a word, letters that are equal in their last seven bits taken for one. */
class Letters {
  readonly #counts = new Int32Array(128);
  readonly #length: number;

  constructor(word: string) {
    this.#length = word.length;
    for (let at = 0; at < word.length; at++) this.#counts[word.charCodeAt(at) & 127]++;
  }

  /** Returns what no alignment can be nearer than: an edit mends at most one letter too many and one too few. */
  leastDistance(other: string): number {
    const counts = this.#counts;
    let shared = 0;
    for (let at = 0; at < other.length; at++) {
      if (counts[other.charCodeAt(at) & 127]-- > 0) shared++;
    }
    for (let at = 0; at < other.length; at++) counts[other.charCodeAt(at) & 127]++;
    return Math.max(this.#length, other.length) - shared;
  }
}

/** Returns the distance of two texts; something larger than `limit` as soon as it is known to be larger. */
function editDistance(a: string, b: string, limit: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(replaced, last[j] + 1, row[j - 1] + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, beforeLast[j - 2] + 1);
      row.push(cost);
      if (cost < least) least = cost;
    }
    if (least > limit) return limit + 1;
    [beforeLast, last] = [last, row];
  }
  return last[b.length];
}
