import { allChambers, wiresOf } from '@dtdqm/contract';
import { mean } from '@dtdqm/contract/numbers';
import { integer, pick, randomOf } from '@dtdqm/contract/random';
import type { Example } from '@dtdqm/detector/training';
import { type InjectedFault, simulateChamber, wireNumbers, wiresInLayer } from '@dtdqm/simulator/detector';
import { datasetOf, type LayerScorer } from './methods/method.ts';

export const deadWidths = [1, 2, 3, 4, 6, 8, 12, 16, 24];
/** Layers as long as this, or a cell shorter. */
export const layerLengths = [48, 49, 57, 60, 72, 92, 96];

/**
 * Share of layers with one dead run that reach a threshold, by width of the run and length of the layer, at some tens of
 * hits per wire.
 *
 * @returns `[width][length]`.
 */
export function sensitivityByWidth(
  score: LayerScorer,
  threshold: number,
  seed: number,
  repetitions: number,
): number[][] {
  return deadWidths.map((width) =>
    layerLengths.map((length) => {
      const examples = Array.from({ length: repetitions }, (_, index) =>
        simulate(width, length, seed, index),
      );
      const data = datasetOf(examples);
      const scores = score(data);
      const faulty = indices(data.bad, 1);
      return faulty.filter((layer) => scores[layer]! >= threshold).length / faulty.length;
    }),
  );
}

const wantedHits = 30;

function simulate(width: number, length: number, seed: number, index: number): Example {
  const random = randomOf(seed, 'width', width, length, index);
  const places = allChambers.flatMap((chamber) =>
    Array.from({ length: 12 }, (_, row) => row + 1)
      .filter((layer) => wiresInLayer(chamber, layer) === length)
      .map((layer) => ({ chamber, layer })),
  );
  const { chamber, layer } = pick(random, places);
  const { first: begin, last: end } = wireNumbers(chamber, layer);
  const first = integer(random, begin, end - width + 1);
  const fault: InjectedFault = {
    kind: 'dead-region',
    layers: [layer],
    wires: { first, last: first + width - 1 },
    level: 0,
    bad: true,
  };
  const conditions = { chamber, buildSeed: `${seed}/${index}`, runSeed: `${seed}/${width}/${index}` };
  const hits = mean(wiresOf(simulateChamber({ ...conditions, lumisections: 100 }).matrix[layer - 1]!));
  const lumisections = (100 * wantedHits) / Math.max(hits, 0.5);
  const { matrix } = simulateChamber({ ...conditions, lumisections, faults: [fault] });
  const bad = Array.from({ length: 12 }, (_, row) => (row + 1 === layer ? 1 : 0) as 0 | 1);
  return { run: index, chamber, matrix, history: [], bad };
}

function indices(values: Float32Array, wanted: number): number[] {
  const found: number[] = [];
  values.forEach((value, index) => value === wanted && found.push(index));
  return found;
}
