import type { Expectation } from '../expectation.ts';
import type { InjectedFault } from './fault.ts';

/** The expectation of a chamber with faults; the one given stays as it is. */
export function injectFaults(expectation: Expectation, faults: readonly InjectedFault[]): Expectation {
  if (faults.length === 0) return expectation;
  const hits = expectation.hits.map((layer) => layer && Float64Array.from(layer));
  for (const { layers, wires, shifts, level } of faults) {
    for (const layer of layers) {
      const own = hits[layer - 1];
      if (!own) continue;
      const shift = shifts?.[layer] ?? 0;
      const last = Math.min(wires.last + shift, own.length);
      for (let wire = Math.max(1, wires.first + shift); wire <= last; wire++) own[wire - 1]! *= level;
    }
  }
  return { ...expectation, hits };
}
