import type { Fault } from '@dtdqm/contract';
import { sum, sumOf } from '@dtdqm/contract/numbers';
import type { ChamberView } from '../features/chamberView.ts';
import type { LackingLayer } from './lackingWires.ts';
import { ownReferences } from './references.ts';
import { findStretch, lowLevels, type Reference } from './regions.ts';

/** Hits to be expected of a wire, over the dispersion, for it to be surely dead when it has none. */
const surelyDead = 4;
/** The same where nothing else says that the layer is bad: counts that come in lumps leave wires without any. */
const surelyDeadAlone = 6;
const leastScattered = 4;
/** Neighbouring dead wires of one place, at most, and the share of what the layer lacks that they must account for. */
const longestRun = 3;
const accountedFor = 0.6;
/** Wires without a dead one among them that may lie between two. */
const widestGap = 8;

/**
 * Dead wires that lie scattered among live ones: bad contacts, or a board that reads every second wire. Undefined where what the layer
 * lacks is something else.
 */
export function scatteredDead(view: ChamberView, layer: LackingLayer, score: number): Fault | undefined {
  const references = ownReferences(view, view.superlayers[layer.row >> 2]!, layer.row);
  const gathered = combOf(layer, references) ?? deadAmongLive(view, layer, references[0]!);
  if (!gathered) return undefined;
  return scatteredFault(view, layer.row, gathered, score);
}

/**
 * The same in a layer that is not bad for it, however far from each other they are: from how many of them on a layer is bad is a matter of taste.
 *
 * @param expected hits per wire were the layer healthy.
 */
export function toleratedDead(
  view: ChamberView,
  row: number,
  hits: Float64Array,
  expected: Float64Array,
): Fault | undefined {
  const dead = deadWires(view, hits, expected, surelyDeadAlone);
  if (dead.length < leastScattered || longestChain(dead, 1).length > longestRun) return undefined;
  const expectedOf = (wire: number) => expected[wire]! / view.dispersion;
  const byChance = sumOf(Array.from(expected.keys()), (wire) =>
    expectedOf(wire) < surelyDeadAlone ? 0 : Math.exp(-expectedOf(wire)),
  );
  if (dead.length < leastScattered + 4 * byChance) return undefined;
  return scatteredFault(view, row, dead, 1 - Math.exp(-sumOf(dead, expectedOf) / 10));
}

function scatteredFault(view: ChamberView, row: number, dead: readonly number[], confidence: number): Fault {
  const columns = view.columns[row]!;
  return {
    kind: 'scattered-dead',
    layers: [row + 1],
    wires: { first: columns[dead[0]!]! + 1, last: columns[dead.at(-1)!]! + 1 },
    only: dead.map((wire) => columns[wire]! + 1),
    confidence: Math.round(1000 * confidence) / 1000,
    ratio: 0,
    note: `${dead.length} dead wires among live ones; usual cause: contacts, or a board that reads only some of its channels`,
  };
}

function deadWires(
  { dispersion }: ChamberView,
  hits: Float64Array,
  expected: Float64Array,
  least: number,
): number[] {
  const dead: number[] = [];
  hits.forEach((found, wire) => {
    if (found <= 0.03 * expected[wire]! && expected[wire]! / dispersion >= least) dead.push(wire);
  });
  return dead;
}

function deadAmongLive(
  view: ChamberView,
  { hits }: LackingLayer,
  { expected }: Reference,
): readonly number[] | undefined {
  const dead = deadWires(view, hits, expected, surelyDead);
  const gathered = longestChain(dead, widestGap);
  if (gathered.length < leastScattered || longestChain(dead, 1).length > longestRun) return undefined;
  const lacking = sumOf(gathered, (wire) => expected[wire]! - hits[wire]!);
  return lacking < accountedFor * (sum(expected) - sum(hits)) ? undefined : gathered;
}

/** Every second or third wire dead, which few hits show that would not say it of one wire: nats that it must gain, and gain over one place. */
const combNats = 12;
const combOver = 5;
const combLevels = lowLevels.slice(0, 3);
const combs = [
  [2, 0],
  [2, 1],
  [3, 0],
  [3, 1],
  [3, 2],
] as const;

function combOf({ hits }: LackingLayer, references: readonly Reference[]): readonly number[] | undefined {
  let gathered: readonly number[] | undefined;
  let most = combNats;
  for (const reference of references) {
    if (gapsIn(hits, reference.expected) < leastScattered) continue;
    const { expected, ...scatter } = reference;
    const place = findStretch(hits, reference).gain;
    for (const [step, phase] of combs) {
      const teeth = everyOf(hits.length, step, phase);
      const dead = findStretch(at(hits, teeth), { expected: at(expected, teeth), ...scatter }, combLevels);
      const wires = dead.last - dead.first + 1;
      if (wires < leastScattered || dead.gain < Math.max(most, place + combOver)) continue;
      most = dead.gain;
      gathered = teeth.slice(dead.first, dead.last + 1);
    }
  }
  return gathered;
}

/** Wires that look dead with one behind them that does not: what most layers lack has one such end. */
function gapsIn(hits: Float64Array, expected: Float64Array): number {
  let gaps = 0;
  for (let wire = 0; wire + 1 < hits.length; wire++) {
    if (hits[wire]! <= 0.1 * expected[wire]! && hits[wire + 1]! > 0.1 * expected[wire + 1]!) gaps++;
  }
  return gaps;
}

function everyOf(wires: number, step: number, phase: number): number[] {
  const every: number[] = [];
  for (let wire = phase; wire < wires; wire += step) every.push(wire);
  return every;
}

function at(values: Float64Array, wires: readonly number[]): Float64Array {
  return Float64Array.from(wires, (wire) => values[wire]!);
}

/** The longest part of ascending numbers of which none lies more than `step` beyond the one before. */
function longestChain(numbers: readonly number[], step: number): readonly number[] {
  let best: number[] = [];
  let current: number[] = [];
  for (const number of numbers) {
    if (current.length > 0 && number - current.at(-1)! > step) current = [];
    current.push(number);
    if (current.length > best.length) best = [...current];
  }
  return best;
}
