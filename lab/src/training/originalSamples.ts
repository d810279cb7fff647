import { allChambers } from '@dtdqm/contract';
import { chamberWires, type ChamberWires, original47, originalLength } from '@dtdqm/detector/engine';
import { chance, logUniform, pick, randomOf } from '@dtdqm/contract/random';
import {
  drawFault,
  referenceLumisections,
  simulateChamber,
  wideSpread,
  type InjectedKind,
} from '@dtdqm/simulator/detector';

/** Layers as the original network sees them, `[samples, 47]` row-major, and whether each is bad (1) or good (0). */
export interface OriginalSamples {
  readonly values: Float32Array;
  readonly bad: Float32Array;
}

/** Faults that change the shape of a layer. What changes its rate alone looks healthy once divided by the maximum. */
const shapeFaults: readonly InjectedKind[] = [
  'dead-half',
  'dead-region',
  'weak-half',
  'weak-region',
  'front-end-board',
  'readout-group',
  'chamber-readout-group',
];
/** What must not be called bad. */
const harmlessFaults: readonly InjectedKind[] = ['dead-cells', 'noisy-cell'];
const shareOfShapeFaults = 0.6;
const shareOfHarmlessFaults = 0.25;

/**
 * Simulates the layers of a few chambers in each of some runs.
 *
 * @param runs numbers of simulated runs: splits take whole runs, so that no run is on both sides.
 */
export function simulateOriginalSamples(
  seed: number,
  runs: readonly number[],
  chambersPerRun: number,
): OriginalSamples {
  const chambers: ChamberWires[] = [];
  const badLayers: (readonly number[])[] = [];
  for (const run of runs) {
    for (let index = 0; index < chambersPerRun; index++) {
      const simulated = simulateOne(seed, run, index);
      chambers.push(simulated.wires);
      badLayers.push(simulated.badLayers);
    }
  }
  const { layers, tensors } = original47.prepare(chambers);
  const bad = layers.map(({ chamber, row }) => (badLayers[chamber]!.includes(row + 1) ? 1 : 0));
  return { values: tensors.layer!, bad: Float32Array.from(bad) };
}

function simulateOne(seed: number, run: number, index: number) {
  const random = randomOf(seed, 'original-samples', run, index);
  const chamber = pick(random, allChambers);
  const { matrix, badLayers } = simulateChamber({
    chamber,
    buildSeed: `${seed}/${run}/${index}`,
    runSeed: `${seed}/${run}`,
    lumisections: logUniform(random, referenceLumisections / 10, referenceLumisections * 10),
    faults: drawKinds(random).map((kind) => drawFault(kind, chamber, random)),
    spread: wideSpread,
  });
  return { wires: chamberWires({ chamber, matrix }), badLayers };
}

function drawKinds(random: Parameters<typeof chance>[0]): InjectedKind[] {
  return [
    ...(chance(random, shareOfShapeFaults) ? [pick(random, shapeFaults)] : []),
    ...(chance(random, shareOfHarmlessFaults) ? [pick(random, harmlessFaults)] : []),
  ];
}

/** Rows of the samples in the order given. */
export function takeSamples(samples: OriginalSamples, order: readonly number[]): OriginalSamples {
  const values = new Float32Array(order.length * originalLength);
  order.forEach((from, to) => {
    values.set(
      samples.values.subarray(from * originalLength, (from + 1) * originalLength),
      to * originalLength,
    );
  });
  return { values, bad: Float32Array.from(order, (from) => samples.bad[from]!) };
}
