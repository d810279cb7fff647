/** `median | p95` of times in ms, without the first tenth, in which the browser still compiles. */
export function summary(times: readonly number[]): string {
  const sorted = times.slice(Math.floor(times.length / 10)).sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return `${at(0.5).toFixed(1)} ms | ${at(0.95).toFixed(1)} ms`;
}
