import type { Expectation } from '../expectation.ts';
import type { InjectedFault } from './fault.ts';

/** The expectation of a chamber with faults; the one given stays as it is. */
export function injectFaults(expectation: Expectation, faults: readonly InjectedFault[]): Expectation {
  if (faults.length === 0) return expectation;
  const hits = expectation.hits.map((layer) => layer && Float64Array.from(layer));
  for (const { layers, wires, level } of faults) {
    for (const layer of layers) {
      const own = hits[layer - 1];
      if (!own) continue;
      for (let wire = wires.first; wire <= Math.min(wires.last, own.length); wire++) own[wire - 1]! *= level;
    }
  }
  return { ...expectation, hits };
}
