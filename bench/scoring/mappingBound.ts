import { layersOf } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import { defaultModelFolder } from '@dtdqm/detector';
import { loadModel, scoreChambers, selectBackend } from '@dtdqm/detector/engine';
import { drawMeasured, injectIntoCounts, measuredFaults } from '@dtdqm/simulator/detector';
import { write } from '../harness.ts';
import { drawKnown, type KnownChamber } from './knownChamber.ts';

/**
 * How surely a layer that counts backwards or moved along can be told at all, beside what is found with three good runs before:
 * `node --import tsx bench/scoring/mappingBound.ts [seed] [chambers with each fault] [healthy chambers]`. Likelihood ratios of the very orders
 * that the detector looks for, by one who knows what every wire of the chamber counts on average; and by one who knows besides how many muons its layers share,
 * so what the siblings' counts tell of this one's. Limits at 0.2 % of healthy layers.
 */
const [seed = '1', perKind = '200', healthyChambers = '400'] = process.argv.slice(2);
const falseAlarms = 0.002;
await selectBackend('wasm');
const model = await loadModel(await defaultModelFolder());

/** Orders that the detector looks for, and the nats that it wants more for some (`detector/src/faults/mapping.ts`). */
const orders = [
  { isReversed: true, shift: 0, price: 0 },
  ...Array.from({ length: 14 }, (_, more) => more + 3).flatMap((shift) =>
    [shift, -shift].map((by) => ({ isReversed: false, shift: by, price: shift % 4 === 0 ? 1 : 3 })),
  ),
];

/** Most that any order says against the wires' own, nats. */
function mostNats(hits: readonly number[], expected: readonly number[], noise: number): number {
  const wires = hits.length;
  const natsFor = ({ isReversed, shift, price }: (typeof orders)[number]) => {
    let nats = -price;
    for (let wire = 0; wire < wires; wire++) {
      const there = expected[isReversed ? wires - 1 - wire : (wire + shift + wires) % wires]!;
      const here = expected[wire]!;
      nats += (hits[wire]! * Math.log(there / here) + here - there) / noise;
    }
    return nats;
  };
  return Math.max(...orders.filter(({ shift }) => 2 * Math.abs(shift) < wires).map(natsFor));
}

/**
 * What siblings tell of a layer whose expectation is known: counts as normal ones, of which layers that are staggered alike have the share in common and the
 * others half of it in either of two wires.
 */
function toldBySiblings({ matrix, truth }: KnownChamber, row: number) {
  const share = truth.trackShare;
  const half = share / 2;
  const own = row % 4;
  const beside = own % 2 ? -1 : 1;
  const [one, other] = own % 2 ? [0, 2] : [1, 3];
  const places: readonly (readonly [layer: number, by: number])[] = [
    [own ^ 2, 0],
    [one!, 0],
    [one!, beside],
    [other!, 0],
    [other!, beside],
  ];
  const known = [
    [1, half, half, half, half],
    [half, 1, 0, share, 0],
    [half, 0, 1, 0, share],
    [half, share, 0, 1, 0],
    [half, 0, share, 0, 1],
  ];
  const common = [share, half, half, half, half];
  const weights = solve(known, common);
  const told = weights.reduce((sum, weight, place) => sum + weight * common[place]!, 0);
  const expected = truth.hits[row]!;
  const beyond = (layer: number, wire: number) => {
    const usual = truth.hits[row - own + layer]![wire];
    if (!usual) return 0;
    return Math.max(-4, Math.min(4, (matrix[row - own + layer]![wire]! - usual) / Math.sqrt(usual)));
  };
  return {
    noise: 1 - told,
    expected: Array.from(expected, (usual, wire) => {
      const more = places.reduce(
        (sum, [layer, by], place) => sum + weights[place]! * beyond(layer, wire + by),
        0,
      );
      return Math.max(0.2 * usual, usual + Math.sqrt(usual) * more);
    }),
  };
}

/** Gauss and Jordan, without pivots: the matrix is positive definite. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index]!]);
  rows.forEach((pivot, index) => {
    rows.forEach((row, other) => {
      if (other === index) return;
      const factor = row[index]! / pivot[index]!;
      row.forEach((value, column) => (row[column] = value - factor * pivot[column]!));
    });
  });
  return rows.map((row, index) => row.at(-1)! / row[index]!);
}

interface Nats {
  readonly ratesKnown: number;
  readonly siblingsKnown: number;
}

function natsOf(drawn: KnownChamber, row: number): Nats {
  const { matrix, truth } = drawn;
  const wires = [...matrix[row]!.keys()].filter((wire) => matrix[row]![wire]! >= 0);
  const hits = wires.map((wire) => matrix[row]![wire]!);
  const at = (values: ArrayLike<number>) => wires.map((wire) => Math.max(values[wire]!, 0.01));
  const { expected, noise } = toldBySiblings(drawn, row);
  return {
    ratesKnown: mostNats(hits, at(truth.hits[row]!), truth.lumpSize),
    siblingsKnown: mostNats(hits, at(expected), noise * truth.lumpSize),
  };
}

const healthy = Array.from({ length: Number(healthyChambers) }, (_, index) => {
  const drawn = drawKnown(randomOf(seed, 'healthy', index));
  return layersOf(drawn.chamber.station).map((layer) => natsOf(drawn, layer - 1));
}).flat();
const limitOf = (of: keyof Nats) =>
  healthy.map((nats) => nats[of]).sort((a, b) => b - a)[Math.floor(falseAlarms * healthy.length)]!;
const limits = { ratesKnown: limitOf('ratesKnown'), siblingsKnown: limitOf('siblingsKnown') };
write(
  `${healthy.length} healthy layers: limits ${limits.ratesKnown.toFixed(2)} and ${limits.siblingsKnown.toFixed(2)} nats`,
);
write('| fault | of | rates known | and what siblings share | called bad |');
write('| --- | --- | --- | --- | --- |');
for (const name of ['layer reversed', 'layer shifted by 8']) {
  const measured = measuredFaults.find((each) => each.name === name)!;
  const told = Array.from({ length: Number(perKind) }, (_, index) => {
    const random = randomOf(seed, name, index);
    const drawn = drawKnown(random);
    const fault = drawMeasured(measured, drawn.chamber, random)!;
    const faulty = { ...drawn, matrix: injectIntoCounts(drawn.matrix, fault, random) };
    const row = fault.layers[0]! - 1;
    const nats = natsOf(faulty, row);
    const [judged] = scoreChambers(model, [faulty], { saliency: false });
    return {
      of: ['all', `MB${drawn.chamber.station}`, row >> 2 === 1 ? 'theta' : 'phi'],
      ratesKnown: nats.ratesKnown > limits.ratesKnown,
      siblingsKnown: nats.siblingsKnown > limits.siblingsKnown,
      bad: judged!.verdicts[row] === 'bad',
    };
  });
  for (const of of ['all', 'MB1', 'MB2', 'MB3', 'MB4', 'phi', 'theta']) {
    const those = told.filter((each) => each.of.includes(of));
    const share = (what: 'ratesKnown' | 'siblingsKnown' | 'bad') =>
      (those.filter((each) => each[what]).length / those.length).toFixed(2);
    write(`| ${name} | ${of} | ${share('ratesKnown')} | ${share('siblingsKnown')} | ${share('bad')} |`);
  }
}
