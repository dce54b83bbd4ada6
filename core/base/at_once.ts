/** Does the work for each value, at most so many at a time; returns what came of them in the order given. */
export async function mapAtOnce<T, U>(
  values: readonly T[],
  atOnceMax: number,
  work: (value: T) => Promise<U>,
): Promise<U[]> {
  const results = new Array<U>(values.length);
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < values.length; index = next++) {
      results[index] = await work(values[index]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnceMax, values.length) }, lane));
  return results;
}
