import { describe, expect, it } from 'vitest';
import { type Matrix, allChambers } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import type { FetchedChamber } from '../dqm/source.ts';
import { refuseTwins } from './twins.ts';

const chambers = allChambers.filter(({ station }) => station === 1);
const look = (matrixOf: (index: number) => Matrix | null): FetchedChamber[] =>
  chambers.map((chamber, index) => {
    const matrix = matrixOf(index);
    return matrix === null
      ? { ...chamber, state: 'absent', reason: 'no such histogram' }
      : { ...chamber, state: 'present', matrix };
  });
const failed = (chambersOf: readonly FetchedChamber[]) =>
  chambersOf.flatMap(({ state }, index) => (state === 'failed' ? index : []));

const columns = 49;
const matrixOf = (hits: (wire: number) => number): Matrix =>
  Array.from({ length: 12 }, (_, y) => Array.from({ length: columns }, (_, x) => hits(columns * y + x)));

/** So many hits thrown evenly over all wires. */
function thrown(hits: number, ...seed: number[]): Matrix {
  const random = randomOf('twins', hits, ...seed);
  const wires = Array.from({ length: 12 * columns }, () => 0);
  for (let hit = 0; hit < hits; hit += 1) wires[Math.floor(random() * wires.length)]! += 1;
  return matrixOf((wire) => wires[wire]!);
}

describe('the same content for several chambers', () => {
  it.each([250, 1000, 200_000])('of %i hits is taken for none of them, and for no other', (hits) => {
    const twins = [3, 17, 40];
    const looked = look((index) => thrown(hits, twins.includes(index) ? 0 : index + 1));
    const refused = refuseTwins(looked);
    expect(failed(refused)).toEqual(twins);
    expect(refused[17]).toEqual({
      ...chambers[17],
      state: 'failed',
      reason:
        'W-1_St1_Sec6: its hits are those of W-2_St1_Sec4 and W1_St1_Sec5 too, wire by wire: nobody knows whose they are',
    });
    expect(refused.filter((_, index) => !twins.includes(index))).toEqual(
      looked.filter((_, index) => !twins.includes(index)),
    );
  });

  it.each([
    ['no hits', () => matrixOf(() => 0)],
    ['no wires', () => matrixOf(() => -1)],
    ['nothing but a noisy wire', () => matrixOf((wire) => (wire === 30 ? 48 : 0))],
    ['too few hits', () => thrown(80, 1)],
    ['test pulses on every wire', () => matrixOf(() => 400)],
    ['test pulses on every fourth wire', () => matrixOf((wire) => (wire % 4 === 0 ? 400 : 0))],
    ['no histogram', () => null],
  ])('says nothing when it is %s', (_, matrix) => {
    const looked = look(matrix);
    expect(refuseTwins(looked)).toEqual(looked);
  });

  it('does not come about by chance', () => {
    for (let hits = 0; hits <= 400; hits += 1) {
      expect(failed(refuseTwins(look((index) => thrown(hits, index))))).toEqual([]);
    }
  });
});
