import { median } from '@dtdqm/contract/numbers';

/** Median of some rounds after one that is not counted, as it reads from disk; ms, three digits. */
export async function medianTime(work: () => Promise<unknown>, rounds = 5): Promise<number> {
  await work();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return threeDigits(median(times));
}

export function threeDigits(value: number): number {
  return Number(value.toPrecision(3));
}
