import { describe, expect, it } from 'vitest';
import { type Matrix, allChambers } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import type { FetchedChamber } from '../dqm/source.ts';
import { refuseShared, refuseTwins, sampleOf } from './twins.ts';

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

describe('hits of another run that grows', () => {
  const sum = (a: Matrix, b: Matrix): Matrix => a.map((row, y) => row.map((hits, x) => hits + b[y]![x]!));
  const had = (matrixOf: (index: number) => Matrix) =>
    sampleOf(look(matrixOf)).flatMap((chamber) => ({ ...chamber, run: 7 }));
  const refused = (shown: (index: number) => Matrix, elsewhere: (index: number) => Matrix) =>
    failed(refuseShared(look(shown), had(elsewhere))).length;
  const ofRun = (hits: number, run: number) => (index: number) => thrown(hits, run, index);

  it.each([1.01, 1.2, 2, 6])('are found when it has grown %d-fold since, or had so much less', (times) => {
    const before = ofRun(20_000, 1);
    const since = (index: number) => sum(before(index), thrown(20_000 * (times - 1), 2, index));
    expect([refused(since, before), refused(before, since)]).toEqual([chambers.length, chambers.length]);
  });

  it.each([
    ['of another run as long', ofRun(20_000, 1), ofRun(20_000, 2)],
    ['of another run a fifth as long', ofRun(20_000, 1), ofRun(4000, 2)],
    ['of a run with few', ofRun(300, 1), (index: number) => sum(thrown(300, 1, index), thrown(60, 2, index))],
    ['of test pulses', () => matrixOf(() => 400), () => matrixOf(() => 500)],
    [
      'of test pulses that fire the wires of each layer differently',
      () => matrixOf((wire) => 400 + (wire % 7)),
      () => matrixOf((wire) => 500 + (wire % 7)),
    ],
  ])('are not seen in those %s', (_, shown, elsewhere) => {
    expect([refused(shown, elsewhere), refused(elsewhere, shown)]).toEqual([0, 0]);
  });

  it('compares a dozen chambers of a look, spread over it, and all of fewer', () => {
    const places = sampleOf(look(() => thrown(1, 1))).map((each) =>
      chambers.findIndex((id) => id.wheel === each.wheel && id.sector === each.sector),
    );
    expect(places).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]);
    expect(sampleOf(look((index) => (index < 5 ? thrown(1, 1) : null)))).toHaveLength(5);
  });
});
