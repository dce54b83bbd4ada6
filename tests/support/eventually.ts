/** Waits until something is true, looking every few milliseconds; throws where it is not within `limitMs` (a hang guard). */
export async function eventually(isTrue: () => boolean, limitMs = 30_000): Promise<void> {
  const untilMs = performance.now() + limitMs;
  while (!isTrue()) {
    if (performance.now() > untilMs) throw new Error(`Not true within ${limitMs} ms: ${isTrue}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
