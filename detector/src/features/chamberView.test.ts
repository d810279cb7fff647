import { randomOf } from '@dtdqm/contract/random';
import { drawFault, simulateChamber } from '@dtdqm/simulator/detector';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/backend.ts';
import { defaultModelFolder } from '../model/modelFolder.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import { loadModel, type LoadedModel } from '../model/loadedModel.ts';
import { scoreChambers } from '../scoreChambers.ts';
import { viewChamber } from './chamberView.ts';

const chamber = { wheel: 2, station: 1, sector: 4 } as const;
/** A run that counts about ten million hits per wire. */
const lumisections = 2e7;
let model: LoadedModel;

beforeAll(async () => {
  await selectBackend('wasm');
  model = await loadModel(await defaultModelFolder());
});

function longRun(seed: number, kind?: 'weak-layer' | 'dead-half') {
  const faults = kind ? [{ ...drawFault(kind, chamber, randomOf(seed)), level: 0.4 }] : [];
  const { matrix, badLayers } = simulateChamber({
    chamber,
    buildSeed: seed,
    runSeed: seed,
    lumisections,
    faults,
  });
  const [judged] = scoreChambers(model, [{ chamber, matrix }]);
  return { matrix, badLayers, ...judged! };
}

it('a cell that fires all the time does not take hits from the rest of the chamber', () => {
  const { matrix } = simulateChamber({ chamber, buildSeed: 4, runSeed: 4, lumisections: 30 });
  const withHotCell = matrix.map((row, index) =>
    row.map((hits, wire) => (index === 2 && wire === 7 ? 5e7 : hits)),
  );
  expect(viewChamber(chamberWires({ chamber, matrix: withHotCell })).thinning).toBe(1);
});

describe('a run of millions of hits per wire', () => {
  it('is not called bad for what healthy wires differ by', () => {
    for (const seed of [1, 2, 3]) expect(longRun(seed).verdicts).toEqual(new Array(12).fill('good'));
  });

  it('has its faults found, with the hits that were really counted', () => {
    const { matrix, badLayers, verdicts, faults } = longRun(1, 'weak-layer');
    expect(verdicts.flatMap((verdict, row) => (verdict === 'bad' ? [row + 1] : []))).toEqual(badLayers);
    const hits = matrix[badLayers[0]! - 1]!.reduce((sum, own) => sum + Math.max(0, own), 0);
    const noted = Number(/(\d+) hits where/.exec(faults[0]!.note!)![1]);
    expect(Math.abs(noted / hits - 1)).toBeLessThan(0.05);
  });

  it('is explained by the wires that lack hits', () => {
    const { badLayers, attribution } = longRun(2, 'dead-half');
    const sums = attribution!.map((row) => row!.reduce((sum, value) => sum + Math.abs(value), 0));
    expect(sums.indexOf(Math.max(...sums)) + 1).toBe(badLayers[0]);
    expect(Math.max(...sums)).toBeGreaterThan(5);
  });
});
