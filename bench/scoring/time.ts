import { median } from '@dtdqm/contract/numbers';
/** Prints wall clock and processor time of some work, least / median, after one round to warm up. */
export async function time(what: string, rounds: number, work: () => unknown): Promise<void> {
  await work();
  const wall: number[] = [];
  const processor: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    const start = performance.now();
    await work();
    wall.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    processor.push((user + system) / 1000);
  }
  const milliseconds = (values: number[]) =>
    `${Math.min(...values).toFixed(1)} / ${median(values).toFixed(1)}`;
  process.stdout.write(
    `${what}: wall ${milliseconds(wall)} ms, processor ${milliseconds(processor)} ms (least / median)\n`,
  );
}
