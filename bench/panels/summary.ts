/** `median | p95 | longest` of times in ms; none is left out. */
export function summary(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return [at(0.5), at(0.95), at(1)].map((time) => `${time.toFixed(1)} ms`).join(' | ');
}
