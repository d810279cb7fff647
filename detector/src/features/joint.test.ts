import type { ChamberId, Matrix } from '@dtdqm/contract';
import { mean } from '@dtdqm/contract/numbers';
import { randomOf } from '@dtdqm/contract/random';
import {
  asPast,
  drawMeasured,
  injectIntoCounts,
  measuredFaults,
  simulateChamber,
} from '@dtdqm/simulator/detector';
import { describe, expect, it } from 'vitest';
import { chamberWires } from '../prepare/chamberWires.ts';
import { shapeAndRate } from '../preprocessing/shapeAndRate.ts';
import { viewChamber } from './chamberView.ts';
import { featureCount, featureIndex, features, type FeatureName } from './features.ts';
import { expectFromHistory } from './history.ts';

const chamber: ChamberId = { wheel: 0, station: 3, sector: 7 };
/** Some 5 hits per wire, as a whole run gives in station 3. */
const lumisections = 100;
const counted = (buildSeed: number, run: string, longer = 1) =>
  simulateChamber({
    chamber,
    buildSeed,
    runSeed: `${buildSeed}/${run}`,
    lumisections: longer * lumisections,
  }).matrix;

/** Of layers with a fault of the table and of the same without: what a feature says, with three good runs before or alone. */
function told(name: string, feature: FeatureName, runsBefore: number) {
  const fault = measuredFaults.find((each) => each.name === name)!;
  const values = Array.from({ length: 30 }, (_, seed) => {
    const drawn = drawMeasured(fault, chamber, randomOf(name, seed))!;
    const healthy = counted(seed, 'now');
    const history = Array.from({ length: runsBefore }, (_, back) => counted(seed, `before ${back}`));
    return [healthy, injectIntoCounts(healthy, drawn, randomOf(seed))].map((matrix) => {
      const { layers, tensors } = shapeAndRate.prepare([chamberWires({ chamber, matrix, history })]);
      const sample = layers.findIndex(({ row }) => row === drawn.layers[0]! - 1);
      return tensors.features![sample * featureCount + featureIndex[feature]]!;
    });
  });
  return {
    healthy: values.map(([value]) => value!).sort((a, b) => a - b),
    faulty: values.map(([, value]) => value!).sort((a, b) => a - b),
  };
}

describe('a layer against siblings and past together', () => {
  it.each([
    ['every second wire of 16 dead', 'stridedDead', 27],
    ['16 wires at 50 %', 'jointSixteen', 27],
    ['slope from 100 to 60 %', 'jointSlope', 18],
    ['board at 50 %', 'jointBoard', 18],
  ] as const)('%s: stands out of nine tenths of healthy ones by %s, in %i of 30', (name, feature, most) => {
    const { healthy, faulty } = told(name, feature, 3);
    expect(faulty[30 - most]).toBeGreaterThan(healthy[27]!);
  });

  it('tells more with runs before than without', () => {
    const apart = (runs: number) => {
      const { healthy, faulty } = told('16 wires at 50 %', 'jointSixteen', runs);
      return faulty[15]! - healthy[15]!;
    };
    expect(apart(3)).toBeGreaterThan(apart(0));
  });
});

describe('levels against runs before', () => {
  it('take a long run for no more than another: it drifts as much', () => {
    const now = counted(1, 'now');
    const history = [counted(1, 'a'), counted(1, 'b'), counted(1, 'c'), counted(1, 'long', 20)];
    // The long run counted a quarter more than its length tells.
    const exposures = [1, 1, 1, 16];
    const wires = chamberWires({ chamber, matrix: now, history, exposures });
    const past = expectFromHistory(wires, 1)!;
    expect(past.level).toBeLessThan(-0.15);
    expect(past.meanLevel).toBeGreaterThan(-0.1);
    expect(Math.abs(past.superlayers[1]!.fall)).toBeLessThan(3 * past.superlayers[1]!.error);
  });

  it('tell of one superlayer beside the others, whatever the run is long', () => {
    const history = [counted(2, 'a', 3), counted(2, 'b')];
    const sunk = counted(2, 'now').map((row, index) =>
      index >= 4 && index < 8 ? row.map((hits) => (hits < 0 ? hits : Math.round(0.7 * hits))) : row,
    );
    const { superlayers } = expectFromHistory(chamberWires({ chamber, matrix: sunk, history }), 1)!;
    expect(superlayers[1]!.fall).toBeCloseTo(Math.log(0.7), 0.5);
    expect(superlayers[1]!.fall / superlayers[1]!.error).toBeLessThan(-4);
    expect(superlayers[0]!.fall).toBeGreaterThan(0);
  });

  it('are as sure as a short run lets them be, however long and many the runs before', () => {
    const pulls = Array.from({ length: 60 }, (_, seed) => {
      const random = randomOf('short after long', seed);
      const before = [1, 2, 3, 4].map((back) =>
        asPast(chamber, counted(seed, `before ${back}`, 20), 100, random),
      );
      const history = before.map(({ matrix }) => matrix);
      const exposures = before.map(({ exposure }) => exposure);
      const wires = chamberWires({ chamber, matrix: counted(seed, 'now', 0.2), history, exposures });
      const { meanLevel, levelError, superlayers } = viewChamber(wires).history!;
      return {
        level: meanLevel! / levelError,
        superlayers: superlayers.map(({ fall, error }) => fall / error),
      };
    });
    const sd = (values: number[]) => Math.sqrt(mean(values.map((value) => value ** 2)));
    expect(sd(pulls.map(({ level }) => level))).toBeLessThan(1.4);
    expect(sd(pulls.flatMap(({ superlayers }) => superlayers))).toBeLessThan(1.4);
  });
});

describe('a wire that was noisy in all runs before and is no more', () => {
  const noisy = (matrix: Matrix) =>
    matrix.map((row, y) => row.map((hits, x) => (y === 5 && x === 20 ? 30 * hits : hits)));
  const wires = (change: (matrix: Matrix) => Matrix) =>
    chamberWires({
      chamber,
      matrix: counted(3, 'now'),
      history: ['a', 'b', 'c'].map((run) => change(counted(3, run, 10))),
    });

  it('is expected to count what its siblings did, and so are its neighbours', () => {
    const [quiet, healed] = [wires((same) => same), wires(noisy)].map((each) => expectFromHistory(each, 1)!);
    for (const wire of [18, 19, 20, 21, 22]) {
      const ratio = healed!.expected[5]![wire]! / quiet!.expected[5]![wire]!;
      expect(Math.abs(ratio - 1), `wire ${wire}`).toBeLessThan(0.15);
    }
    // What it did count tells where it stands, should its layer be moved.
    expect(healed!.counted[5]![20]).toBeGreaterThan(10 * healed!.hits[5]![20]!);
  });

  it('leaves all that is told of the layer as it is', () => {
    const [quiet, healed] = [wires((same) => same), wires(noisy)].map((each) => {
      const { layers, tensors } = shapeAndRate.prepare([each]);
      const sample = layers.findIndex(({ row }) => row === 5);
      return tensors.features!.slice(sample * featureCount, (sample + 1) * featureCount);
    });
    healed!.forEach((value, index) => {
      expect(Math.abs(value - quiet![index]!), features[index]!.name).toBeLessThan(0.3);
    });
  });
});
