import { allChambers, type Matrix } from '@dtdqm/contract';
import type { ScorerInput } from '@dtdqm/detector';
import { pick, randomOf } from '@dtdqm/contract/random';
import {
  drawFault,
  referenceLumisections,
  simulateChamber,
  type InjectedFault,
  type InjectedKind,
} from '@dtdqm/simulator/detector';

export interface FaultyChamber extends ScorerInput {
  readonly fault: InjectedFault;
}

/** Faults that make layers bad, about as often as runs of the simulator have them. */
export const badKinds: readonly InjectedKind[] = [
  ...(['dead-half', 'dead-half', 'dead-half', 'dead-layer', 'dead-layer', 'dead-layer'] as const),
  ...(['front-end-board', 'front-end-board', 'front-end-board', 'dead-region', 'dead-region'] as const),
  ...(['weak-layer', 'weak-layer', 'weak-half', 'weak-half', 'weak-region', 'weak-region'] as const),
  ...(['readout-group', 'readout-group', 'chamber-readout-group', 'chamber-readout-group'] as const),
  ...(['dead-superlayer', 'dead-superlayer', 'weak-superlayer', 'weak-superlayer', 'dead-chamber'] as const),
];

/** Simulated chambers with one injected fault each, of a kind drawn from those given. */
export function faultyChambers(seed: number, count: number, kinds: readonly InjectedKind[]): FaultyChamber[] {
  return Array.from({ length: count }, (_, index) => {
    const random = randomOf(seed, 'bench', index);
    const chamber = pick(random, allChambers);
    const fault = drawFault(pick(random, kinds), chamber, random);
    const matrix = simulateOne(`${seed}/${index}`, chamber, [fault]);
    return { chamber, matrix, fault };
  });
}

/** All 250 chambers of a run without faults: 2,720 layers. */
export function healthyRun(seed: number): ScorerInput[] {
  return allChambers.map((chamber) => ({ chamber, matrix: simulateOne(`${seed}`, chamber, []) }));
}

function simulateOne(
  seed: string,
  chamber: ScorerInput['chamber'],
  faults: readonly InjectedFault[],
): Matrix {
  const lumisections = referenceLumisections;
  return simulateChamber({ chamber, buildSeed: seed, runSeed: seed, lumisections, faults }).matrix;
}
