import { upperQuantile } from '@dtdqm/contract/numbers';
/** `median | p95 | longest` of times in ms; none is left out. */
export function summary(times: readonly number[]): string {
  return [0.5, 0.95, 1].map((share) => `${upperQuantile(times, share).toFixed(1)} ms`).join(' | ');
}
