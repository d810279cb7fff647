import { layersOf, type ChamberId } from '@dtdqm/contract';
import { simulateChamber } from '@dtdqm/simulator/detector';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/backend.ts';
import { loadModel, type LoadedModel } from '../model/loadedModel.ts';
import { defaultModelFolder } from '../model/modelFolder.ts';
import { scoreChambers } from '../scoreChambers.ts';
import { noisyWires } from '../testing/index.ts';
import { meanOfWires } from './levels.ts';

const flat = (wires: number, hits: number) => new Float64Array(wires).fill(hits);

describe('the mean of a layer', () => {
  it('is that of its other wires where some are noisy', () => {
    const layer = flat(60, 20);
    layer.fill(2000, 10, 26);
    expect(meanOfWires(layer)).toBeCloseTo(20, 6);
  });

  it('is that of all wires where some are dead or weak, or where it hardly counts', () => {
    const half = flat(60, 100);
    half.fill(0, 0, 30);
    expect(meanOfWires(half)).toBe(50);
    const most = flat(60, 100);
    most.fill(0, 0, 50);
    expect(meanOfWires(most)).toBeGreaterThan(10);
    const few = flat(60, 0);
    few.fill(1, 0, 12);
    expect(meanOfWires(few)).toBe(0.2);
  });
});

let model: LoadedModel;
beforeAll(async () => {
  await selectBackend('wasm');
  model = await loadModel(await defaultModelFolder());
});

describe('what is noisy makes no other part of the chamber look weak:', () => {
  it.each([
    ['four wires of a layer', [3], 4],
    ['sixteen wires of a layer', [10], 16],
    ['a board', [1, 2, 3, 4], 5],
    ['a board of the theta superlayer', [5, 6, 7, 8], 5],
  ] as const)('%s', (_, layers, wires) => {
    const chambers = [1, 2, 3].flatMap((station) =>
      [10, 100].map((factor) => {
        const chamber = { wheel: 1, station, sector: 5 } as ChamberId;
        const count = (run: number) =>
          simulateChamber({ chamber, buildSeed: station, runSeed: run, lumisections: 300 }).matrix;
        const matrix = noisyWires(count(9), { layers, wires, factor });
        return [
          { chamber, matrix },
          { chamber, matrix, history: [1, 2, 3].map(count), exposures: [1, 1, 1] },
        ];
      }),
    );
    const others = scoreChambers(model, chambers.flat(), { saliency: false }).flatMap(({ verdicts }, index) =>
      layersOf(chambers.flat()[index]!.chamber.station)
        .filter((layer) => !layers.some((each) => each === layer))
        .map((layer) => verdicts[layer - 1]),
    );
    expect(others.filter((verdict) => verdict === 'bad')).toEqual([]);
  });
});
