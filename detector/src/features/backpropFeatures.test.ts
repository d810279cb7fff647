import { noWire } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import { drawFault, simulateChamber, type InjectedKind } from '@dtdqm/simulator/detector';
import { describe, expect, it } from 'vitest';
import { chamberWires, type ChamberWires } from '../prepare/chamberWires.ts';
import { secondShapeAndRate } from '../preprocessing/shapeAndRate.ts';
import { featureNames } from './features.ts';

const featureCount = secondShapeAndRate.inputs.features![0]!;

const chamber = { wheel: 1, station: 2, sector: 4 } as const;
function wiresWith(kind: InjectedKind, seed: number, missing?: number): ChamberWires {
  const faults = [drawFault(kind, chamber, randomOf(seed))];
  const conditions = { chamber, buildSeed: seed, runSeed: seed, lumisections: 400 };
  const { matrix } = simulateChamber({ ...conditions, faults });
  const history = [simulateChamber({ ...conditions, runSeed: seed + 1 }).matrix];
  if (missing !== undefined) for (const rows of [matrix, ...history]) rows[missing]!.fill(noWire);
  return chamberWires({ chamber, matrix, history, exposures: [1.3] });
}

/** Derivative of `weights . features` of all samples along a direction, by the backprop and by small steps. */
function derivatives(wires: ChamberWires, sample: number, feature: number, random: () => number) {
  const samples = secondShapeAndRate.prepare([wires]);
  const gradient = new Float32Array(samples.layers.length * featureCount);
  gradient[sample * featureCount + feature] = 1;
  const pulled = wires.layers.map((layer) => layer && new Float64Array(layer.length));
  secondShapeAndRate.backprop!([wires], samples, { features: gradient }, samples.layers.map(() => pulled)); // prettier-ignore
  const direction = wires.layers.map(
    (layer) => layer && layer.map((hits) => (hits > 5 ? random() - 0.5 : 0)),
  );
  let bySlope = 0;
  let squares = 0;
  pulled.forEach((row, index) =>
    row?.forEach((value, wire) => {
      bySlope += value * direction[index]![wire]!;
      squares += (value * direction[index]![wire]!) ** 2;
    }),
  );
  const at = (step: number) => {
    const layers = wires.layers.map(
      (layer, row) => layer && layer.map((hits, wire) => hits + step * direction[row]![wire]!),
    );
    return secondShapeAndRate.prepare([{ ...wires, layers, estimatesOf: wires }]).tensors.features![
      sample * featureCount + feature
    ]!;
  };
  const step = 0.02;
  return { bySlope, bySteps: (at(step) - at(-step)) / (2 * step), size: Math.sqrt(squares) };
}

describe('the gradient of the features by the hits', () => {
  it.each([
    ['dead-half'],
    ['weak-layer'],
    ['readout-group'],
    ['weak-superlayer'],
    ['noisy-cell'],
    ['weak-half', 5],
  ] as [InjectedKind, number?][])('agrees with small steps in a chamber with %s', (kind, missing) => {
    const random = randomOf(kind);
    const wires = wiresWith(kind, 11, missing);
    const off: string[] = [];
    for (let feature = 0; feature < featureCount; feature++) {
      const name = featureNames[feature]!;
      for (const sample of [0, 2, 5, 9]) {
        const { bySlope, bySteps, size } = derivatives(wires, sample, feature, random);
        const tolerance = 1e-3 + 0.15 * size;
        if (Math.abs(bySlope - bySteps) > tolerance) off.push(`${name}/${sample}: ${bySlope} ${bySteps}`);
      }
    }
    // Kinks, where one of two cells takes over, may fall inside a step.
    expect(off.length, off.join('\n')).toBeLessThanOrEqual(3);
  });
});
