import { randomOf } from '@dtdqm/contract/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/backend.ts';
import { loadModel } from '../model/loadedModel.ts';
import { defaultModelFolder } from '../model/modelFolder.ts';
import { scoresOf } from '../faults/judge.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import { shapeAndRate } from '../preprocessing/shapeAndRate.ts';
import { samplesOf, type Example } from './fit.ts';
import { defaultTraining, trainDetector } from './trainDetector.ts';
import {
  drawFault,
  examplesByRun,
  likeReal,
  likeScattered,
  simulateChamber,
  simulateExamples,
} from '@dtdqm/simulator/detector';

const small = {
  ...defaultTraining,
  version: '0',
  runs: 4,
  chambersPerRun: 12,
  epochs: 3,
  commit: null,
  createdAt: null,
};

/** Trains small and fast on chambers simulated from the seed. */
const train = (settings = small, labelled: readonly Example[] = []) => {
  return trainDetector(settings, {
    simulate: examplesByRun(settings),
    simulateReal: examplesByRun({ ...settings, ...likeReal }),
    simulateScattered: examplesByRun({ ...settings, ...likeScattered }),
    labelled: [labelled],
  });
};

beforeAll(() => selectBackend('wasm'));

describe('training', () => {
  it('gives the same model for the same seed, and another one for another', async () => {
    const [one, again, other] = [await train(), await train(), await train({ ...small, seed: 2 })];
    expect(Array.from(again.weights)).toEqual(Array.from(one.weights));
    expect(again.metadata).toEqual(one.metadata);
    expect(Array.from(other.weights)).not.toEqual(Array.from(one.weights));
  });

  it('learns from labels, and says so', async () => {
    const labelled = simulateExamples({ seed: 99, runs: 5, chambersPerRun: 4 });
    const { metadata } = await train(small, labelled);
    expect(metadata.data).toMatchObject({ simulated: false, labelledChambers: 20 });
  });

  it('leaves layers out whose truth is not known', () => {
    const examples = simulateExamples({ seed: 1, runs: 2, chambersPerRun: 3 }).map((example) => ({
      ...example,
      bad: example.bad.map((_, row) => (row === 0 ? (1 as const) : null)),
    }));
    const samples = samplesOf(shapeAndRate, examples);
    expect(samples.count).toBe(6);
    expect(samples.layers.every(({ row }) => row === 0)).toBe(true);
  });
});

describe('the shipped model', () => {
  it('finds what nobody overlooks and leaves healthy chambers alone', async () => {
    const model = await loadModel(await defaultModelFolder());
    const chamber = { wheel: 0, station: 2, sector: 4 } as const;
    const simulate = (seed: number, kind?: 'dead-layer' | 'dead-superlayer' | 'front-end-board') => {
      const faults = kind ? [{ ...drawFault(kind, chamber, randomOf(seed)), level: 0 }] : [];
      return simulateChamber({ chamber, buildSeed: seed, runSeed: seed, lumisections: 300, faults });
    };
    const cases = [1, 2, 3, 4].flatMap((seed) => [
      simulate(seed),
      simulate(seed, 'dead-layer'),
      simulate(seed, 'dead-superlayer'),
      simulate(seed, 'front-end-board'),
    ]);
    const wires = cases.map(({ matrix }) => chamberWires({ chamber, matrix, history: [] }));
    const samples = model.preprocessing.prepare(wires);
    const differences = model.network.differences(samples.tensors, samples.layers.length);
    const scores = scoresOf(samples, differences, wires.length, model.metadata.calibration);
    cases.forEach(({ badLayers }, index) => {
      const flagged = scores[index]!.flatMap((score, row) =>
        score >= model.metadata.thresholds.bad ? [row + 1] : [],
      );
      expect(flagged).toEqual([...badLayers]);
    });
    model.network.dispose();
  });
});
