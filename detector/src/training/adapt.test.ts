import { examplesByRun, likeReal, simulateExamples } from '@dtdqm/simulator/detector';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/backend.ts';
import { loadModel } from '../model/loadedModel.ts';
import { defaultModelFolder } from '../model/modelFolder.ts';
import { Adaptation, defaultAdaptation, withLimitsMoved, type TaughtModel } from './adapt.ts';
import { byChamber, takeSamples } from './fit.ts';
import { judgeScores } from './outlook.ts';

const settings = { ...defaultAdaptation, runs: 1, chambersPerRun: 40, epochs: 2 };
const ofRuns = examplesByRun({ ...settings, ...likeReal, faultShare: 0, chambersPerRun: 120 });
const healthy = [...ofRuns(2, 3)];

beforeAll(() => selectBackend('wasm'));

describe('limits of a model that was adapted to labels', () => {
  it('let no more healthy chambers be called bad than before, and can fall to twice as many, no further', async () => {
    const folder = await defaultModelFolder();
    const model = await loadModel(folder);
    const adaptation = await Adaptation.of(folder, settings, {
      varied: examplesByRun(settings)(1, 1),
      healthy,
    });
    const examples = healthy.flat().filter(({ bad }) => bad.every((truth) => truth === 0));
    const samples = adaptation.samples(examples);
    /** Layers called bad, of chambers without runs before and with. */
    const called = async (taught?: TaughtModel) => {
      const layers = { layers: samples.layers, chambers: examples.length };
      const scores = byChamber(layers, await adaptation.scores(samples, taught?.weights));
      const counts = [0, 0];
      judgeScores(model, examples, scores, {}, taught?.thresholds).forEach(({ verdicts }, index) => {
        const bad = verdicts.filter((verdict) => verdict === 'bad').length;
        counts[examples[index]!.history.length > 0 ? 1 : 0]! += bad;
      });
      return counts as [number, number];
    };

    const labelled = adaptation.samples(simulateExamples({ seed: 7, runs: 2, chambersPerRun: 20 }));
    const taught = await adaptation.teach(labelled, takeSamples(labelled, []));
    const [before, after] = [await called(), await called(taught)];
    const furthest = await called(withLimitsMoved(taught, -9));
    for (const past of [0, 1] as const) {
      expect(after[past]).toBeLessThanOrEqual(before[past]);
      expect(furthest[past]).toBeLessThanOrEqual(2 * before[past]);
    }
    expect(furthest[0] + furthest[1]).toBeGreaterThan(after[0] + after[1]);
    expect(taught.couldFall).toBeGreaterThan(0);
    expect(withLimitsMoved(taught, -9)).toEqual({ ...withLimitsMoved(taught, -taught.couldFall) });
    adaptation.dispose();
  });
});
