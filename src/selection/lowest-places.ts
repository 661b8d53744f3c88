// Where the lowest of many numbers stand, without sorting them all. Pure.

/**
 * The places of the `count` lowest numbers, of equal ones the first, in ascending order of place. Linear on average
 * (Hoare's selection).
 *
 * @param count from 1 to the number of numbers; NaN is not allowed
 */
export const lowestPlaces = (numbers: Float64Array, count: number): Uint32Array => {
  const limit = nthLowest(numbers.slice(), count - 1);
  let ties = count;
  for (const number of numbers) if (number < limit) ties--;
  const places = new Uint32Array(count);
  let found = 0;
  for (let place = 0; place < numbers.length && found < count; place++) {
    if (numbers[place]! > limit || (numbers[place] === limit && ties-- <= 0)) continue;
    places[found++] = place;
  }
  return places;
};

/** The number that would stand at place `n` if they were sorted. They are moved around. */
const nthLowest = (numbers: Float64Array, n: number): number => {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const pivot = numbers[(low + high) >> 1]!;
    let [left, right] = [low, high];
    while (left <= right) {
      while (numbers[left]! < pivot) left++;
      while (numbers[right]! > pivot) right--;
      if (left > right) break;
      const swapped = numbers[left]!;
      numbers[left++] = numbers[right]!;
      numbers[right--] = swapped;
    }
    if (n <= right) high = right;
    else if (n >= left) low = left;
    else break;
  }
  return numbers[n]!;
};
