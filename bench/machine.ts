import { availableParallelism, cpus, loadavg } from 'node:os';

/** Where and beside what a figure was measured. */
export function machine(): string {
  return `${availableParallelism()} processors (${cpus()[0]?.model.trim()}), load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`;
}
