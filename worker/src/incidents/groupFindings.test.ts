import { describe, expect, it } from 'vitest';
import { layersOfSuperlayer, type Span, type Superlayer } from '@dtdqm/contract';
import { groupFindings } from './groupFindings.ts';
import { finding } from './toy.fixture.ts';

const three = [1, 2, 3] as const;
const two = [1, 3] as const;
const at = (layer: number, first: number, last: number): Span[] => [{ layer, first, last }];

describe('findings of one run', () => {
  it('are one where most layers of a superlayer are bad, by the name of the heaviest', () => {
    const torn = [
      finding(at(5, 1, 40), { kind: 'weak-layer', ratio: 0.5 }),
      finding(at(6, 10, 20)),
      finding(at(7, 55, 55)),
    ];
    expect(groupFindings(torn, three)).toMatchObject([
      { kind: 'weak-layer', spans: torn.flatMap(({ spans }) => spans) },
    ]);
  });

  it('are one where they lie one above the other', () => {
    expect(groupFindings([finding(at(9, 10, 20)), finding(at(10, 11, 20))], three)).toHaveLength(1);
    expect(groupFindings([finding(at(9, 10, 20)), finding(at(10, 30, 40))], three)).toHaveLength(2);
    expect(groupFindings([finding(at(8, 10, 20)), finding(at(9, 10, 20))], three)).toHaveLength(2);
  });

  it('keep a noisy cell apart from what is dead around it', () => {
    const noisy = finding(at(9, 12, 12), { kind: 'noisy-cell', ratio: 20 });
    expect(groupFindings([finding(at(9, 10, 20)), noisy], three)).toHaveLength(2);
  });
});

/** All layers of a superlayer. */
const block = (superlayer: Superlayer, first: number, last: number, changes = {}) =>
  finding(
    layersOfSuperlayer(superlayer).map((layer) => ({ layer, first, last })),
    changes,
  );

describe('findings of one run in several superlayers', () => {
  it('are one where a read-out group takes the same wires of each', () => {
    const group = [block(1, 19, 29), block(2, 18, 28), block(3, 19, 29, { ratio: 0.02 })];
    const [whole, ...others] = groupFindings(group, three);
    expect(others).toEqual([]);
    expect(whole).toMatchObject({ kind: 'dead-region', extent: 'part' });
    expect(whole?.spans.map(({ layer }) => layer)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('are as in real run 275310, wheel 1, station 2, sector 7: one read-out board, and a front-end board elsewhere', () => {
    const board = block(2, 5, 8, { kind: 'front-end-board' });
    const found = groupFindings([block(1, 17, 32), board, block(3, 17, 32)], three);
    expect(found.map(({ spans }) => [spans.length, spans[0]?.first])).toEqual([
      [8, 17],
      [4, 5],
    ]);
  });

  it('stay several where they lie at other wires, or lack another share of their hits', () => {
    expect(groupFindings([block(1, 17, 32), block(3, 21, 36)], three)).toHaveLength(2);
    expect(groupFindings([block(1, 17, 32), block(3, 17, 24)], three)).toHaveLength(2);
    expect(groupFindings([block(1, 17, 32), block(3, 17, 32, { ratio: 0.4 })], three)).toHaveLength(2);
    expect(groupFindings([block(1, 17, 32, { ratio: null }), block(3, 17, 32)], three)).toHaveLength(2);
  });

  it('stay several where only some layers of the other superlayer suffer', () => {
    expect(groupFindings([block(1, 17, 32), finding(at(9, 17, 32))], three)).toHaveLength(2);
    expect(groupFindings([finding(at(4, 17, 32)), finding(at(5, 17, 32))], three)).toHaveLength(2);
  });

  it('stay several for two front-end boards, which may lie alike by chance, and are one for three', () => {
    const boards = three.map((superlayer) => block(superlayer, 17, 20, { kind: 'front-end-board' }));
    expect(groupFindings(boards.slice(1), three)).toHaveLength(2);
    // What serves three superlayers is no front-end board.
    expect(groupFindings(boards, three)).toMatchObject([{ kind: 'dead-region' }]);
  });

  it('are one where all of the chamber suffers alike, and several where one superlayer is well', () => {
    const superlayers = three.map((superlayer) => block(superlayer, 1, 49 + superlayer, { extent: 'whole' }));
    expect(groupFindings(superlayers, three)).toMatchObject([{ extent: 'whole' }]);
    expect(groupFindings(superlayers.slice(1), three)).toHaveLength(2);
    expect(groupFindings([superlayers[0]!, superlayers[2]!], two)).toHaveLength(1);
  });

  it('stay several for tripped halves of two superlayers: every other pair of halves lies on one side', () => {
    const halves = two.map((superlayer) => block(superlayer, 1, 24, { extent: 'half' }));
    expect(groupFindings(halves, two)).toHaveLength(2);
  });
});
