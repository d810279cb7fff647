import { allChambers, formatChamber, isSameChamber, type ChamberId } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import {
  simulateChamber,
  calibratedSpread,
  drawFault,
  type InjectedFault,
  type InjectedKind,
} from '@dtdqm/simulator/detector';
import { describe, expect, it, beforeAll } from 'vitest';
import { selectBackend } from '../backend/backend.ts';
import { defaultModelFolder } from '../model/modelFolder.ts';
import { loadModel, type LoadedModel } from '../model/loadedModel.ts';
import { scoreChambers } from '../scoreChambers.ts';
import { inputsOfRun } from '../run/inputsOfRun.ts';
import { noisyWires } from '../testing/index.ts';

const station2 = allChambers.filter(({ station }) => station === 2);

function counted(chamber: ChamberId, run: number, lumisections: number) {
  return simulateChamber({ chamber, buildSeed: 1, runSeed: run, lumisections }).matrix;
}

function run(chambers: readonly ChamberId[]) {
  const past = new Map(
    chambers.map((chamber) => [
      formatChamber(chamber),
      [{ run: 2, matrix: counted(chamber, 2, 300) }, { run: 1, matrix: counted(chamber, 1, 50) }], // prettier-ignore
    ]),
  );
  return inputsOfRun(
    chambers.map((chamber) => ({ chamber, matrix: counted(chamber, 3, 100) })),
    past,
  );
}

describe('the past of the chambers of a run', () => {
  it('comes with the length of its runs, as the chambers of the station tell it', () => {
    for (const { exposures, history } of run(station2)) {
      expect(history).toHaveLength(2);
      expect(exposures![0]).toBeCloseTo(3, 0);
      expect(exposures![1]).toBeCloseTo(0.5, 1);
    }
  });

  it('comes without where too few chambers could tell', () => {
    for (const { exposures, history } of run(station2.slice(0, 4))) {
      expect(history).toHaveLength(2);
      expect(exposures).toBeUndefined();
    }
  });

  it('is empty where there is none', () => {
    const [input] = inputsOfRun(
      [{ chamber: station2[0]!, matrix: counted(station2[0]!, 3, 100) }],
      new Map(),
    );
    expect(input!.history).toEqual([]);
  });
});

let model: LoadedModel;
beforeAll(async () => {
  await selectBackend('wasm');
  model = await loadModel(await defaultModelFolder());
});

/** Verdicts of the layers of a fault that stands at `level` now, stood at `before` in the newest good run, and was not there earlier. */
function sunk(kind: InjectedKind, chamber: ChamberId, level: number, before: number, seed: number) {
  const fault = drawFault(kind, chamber, randomOf(seed));
  const at = (share: number, run: number) => {
    const faults: InjectedFault[] = share < 1 ? [{ ...fault, level: share }] : [];
    return simulateChamber({ chamber, buildSeed: seed, runSeed: `${seed}/${run}`, lumisections: 150, faults })
      .matrix;
  };
  const input = { chamber, matrix: at(level, 5), history: [at(before, 4), at(1, 3), at(1, 2), at(1, 1)], exposures: [1, 1, 1, 1] }; // prettier-ignore
  const [judged] = scoreChambers(model, [input], { saliency: false });
  return fault.layers.map((layer) => judged!.verdicts[layer - 1]);
}

describe('what sinks in all layers alike, called good for a while', () => {
  it.each([
    ['front-end-board', { wheel: 0, station: 1, sector: 7 }],
    ['readout-group', { wheel: 1, station: 2, sector: 9 }],
    ['dead-superlayer', { wheel: -2, station: 3, sector: 4 }],
    ['dead-chamber', { wheel: 1, station: 2, sector: 12 }],
  ] as const)('%s: shows by the time a third is left', (kind, chamber) => {
    for (const seed of [1, 2, 3]) {
      expect(sunk(kind, chamber, 0.33, 0.6, seed)).toContain('bad');
    }
  });

  it('is good as long as nothing sinks', () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const verdicts = sunk('dead-chamber', { wheel: 2, station: 4, sector: 4 }, 1, 1, seed);
      expect(new Set(verdicts)).toEqual(new Set(['good']));
    }
  });
});

it('healthy siblings that differ by 5 % (sd) are good', () => {
  const inputs = Array.from({ length: 240 }, (_, index) => {
    const chamber = { wheel: 1, station: (index % 3) + 1, sector: (index % 12) + 1 } as ChamberId;
    const spread = { ...calibratedSpread, layerLevel: 0.05 };
    const { matrix } = simulateChamber({
      chamber,
      buildSeed: index,
      runSeed: index,
      lumisections: 400,
      spread,
    });
    return { chamber, matrix };
  });
  const verdicts = scoreChambers(model, inputs, { saliency: false }).flatMap((judged) => judged.verdicts);
  expect(verdicts.filter((verdict) => verdict === 'bad').length / verdicts.length).toBeLessThanOrEqual(0.005);
});

describe('what was noisy in all runs before, and is not any more,', () => {
  const own: ChamberId = { wheel: 0, station: 2, sector: 7 };
  const index = station2.findIndex((chamber) => isSameChamber(chamber, own));

  it.each([
    ['a wire', [3], 1],
    ['three wires', [11], 3],
    ['a readout group of a layer', [2], 16],
    ['a board', [5, 6, 7, 8], 5],
  ] as const)('is good: %s', (_, layers, wires) => {
    for (const factor of [3, 10, 100]) {
      const before = (chamber: ChamberId, run: number) => {
        const matrix = counted(chamber, run, 200);
        return {
          run,
          matrix: isSameChamber(chamber, own) ? noisyWires(matrix, { layers, wires, factor }) : matrix,
        };
      };
      const past = new Map(
        station2.map((chamber) => [formatChamber(chamber), [4, 3, 2, 1].map((run) => before(chamber, run))]),
      );
      const inputs = inputsOfRun(
        station2.map((chamber) => ({ chamber, matrix: counted(chamber, 5, 150) })),
        past,
      );
      const [judged] = scoreChambers(model, [inputs[index]!], { saliency: false });
      expect([...new Set(judged!.verdicts)], `${factor} times`).toEqual(['good']);
    }
  });
});
