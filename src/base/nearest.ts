/**
 * The candidate that `word` most likely was meant to be, for "did you mean …" in messages.
 *
 * Distance: the least number of letters inserted, left out, changed, or swapped with their neighbour (Damerau
 * and Levenshtein's, no letter edited twice). Upper and lower case are the same, and so are composed and
 * decomposed accents. Cost: a few milliseconds for 10 000 file names.
 *
 * @param maxDistance how many edits still count as near, 0 or more; default 1 for short words, growing to 4
 *   for words of 11 letters and more, and 0 for a single letter
 * @returns the nearest candidate within `maxDistance`, of equally near ones the first; undefined if none is near
 */
export const nearest = (
  word: string,
  candidates: Iterable<string>,
  maxDistance: number = Math.min(4, Math.floor((word.length + 1) / 3)),
): string | undefined => {
  const wanted = fold(word);
  let best: string | undefined;
  let limit = maxDistance;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, fold(candidate), limit);
    if (distance > limit) continue;
    if (distance === 0) return candidate;
    best = candidate;
    limit = distance - 1;
  }
  return best;
};

const fold = (text: string): string => text.normalize('NFC').toLowerCase();

/** The distance if it is at most `limit`, else any number above `limit`. */
const editDistance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let aEnd = a.length;
  let bEnd = b.length;
  while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd--;
    bEnd--;
  }
  return start === aEnd || start === bEnd
    ? Math.max(aEnd, bEnd) - start
    : bandedDistance(a.slice(start, aEnd), b.slice(start, bEnd), limit);
};

/**
 * Row `i`, column `j` of the table is the distance between the first `i` letters of `a` and the first `j` of
 * `b`. Cells further than `limit` from the diagonal exceed the limit, so only the band around it is filled.
 */
const bandedDistance = (a: string, b: string, limit: number): number => {
  const width = b.length + 1;
  let beforePrevious = new Array<number>(width).fill(Infinity);
  let previous = Array.from({ length: width }, (_, j) => j);
  let current = new Array<number>(width).fill(Infinity);
  for (let i = 1; i <= a.length; i++) {
    const from = Math.max(1, i - limit);
    const to = Math.min(b.length, i + limit);
    current[from - 1] = from === 1 ? i : Infinity;
    let least = current[from - 1]!;
    for (let j = from; j <= to; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cell = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cell = Math.min(cell, beforePrevious[j - 2]! + 1);
      }
      current[j] = cell;
      least = Math.min(least, cell);
    }
    // The next row reads one cell beyond this band; what an earlier row left there is not its value.
    if (to < b.length) current[to + 1] = Infinity;
    if (least > limit) return limit + 1;
    [beforePrevious, previous, current] = [previous, current, beforePrevious];
  }
  return previous[b.length]!;
};
