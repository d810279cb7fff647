import { rowsPerChamber, superlayerOfLayer } from '@dtdqm/contract';
import type { Expectation } from '../expectation.ts';
import type { InjectedFault } from './fault.ts';
import { injectFaults } from './inject.ts';

/**
 * How much there is to see of faults, by layer 1..12 at index 0..11: expected Poisson log-likelihood ratio of "with its bad
 * faults" against "healthy", nats, summed over the layers of the superlayer that share them. With fewer than a few nats
 * nobody can tell, so nobody should be asked to.
 */
export function visibleEvidence(healthy: Expectation, faults: readonly InjectedFault[]): number[] {
  const evidence = new Array<number>(rowsPerChamber).fill(0);
  for (const fault of faults.filter(({ bad }) => bad)) {
    const faulty = injectFaults(healthy, [fault]);
    const bySuperlayer = [0, 0, 0];
    for (const layer of fault.layers) {
      const before = healthy.hits[layer - 1];
      const after = faulty.hits[layer - 1];
      before?.forEach((expected, wire) => {
        const left = after![wire]!;
        const index = superlayerOfLayer(layer) - 1;
        bySuperlayer[index]! += expected - left + (left > 0 ? left * Math.log(left / expected) : 0);
      });
    }
    for (const layer of fault.layers) evidence[layer - 1]! += bySuperlayer[superlayerOfLayer(layer) - 1]!;
  }
  return evidence.map((nats) => nats / healthy.lumpSize);
}
