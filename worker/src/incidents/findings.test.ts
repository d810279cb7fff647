import { describe, expect, it } from 'vitest';
import { layersOf, type ChamberId, type Fault, type Verdict } from '@dtdqm/contract';
import { blindLayers, findingsOf, type JudgedChamber } from './findings.ts';

const mb1: ChamberId = { wheel: 0, station: 1, sector: 1 };
const mb4: ChamberId = { wheel: 0, station: 4, sector: 1 };

/** A chamber of 50 wires (layer 12 has 48) with 100 hits on each, whose layers are good but for those named. */
function judged(
  changes: Partial<JudgedChamber> & { bad?: readonly number[]; unknown?: readonly number[] } = {},
): JudgedChamber {
  const { bad = [], unknown = [], chamber = mb1, ...rest } = changes;
  const wired = layersOf(chamber.station);
  const layers = Array.from({ length: 12 }, (_, row) => row + 1);
  return {
    chamber,
    matrix: layers.map((layer) =>
      Array.from({ length: 50 }, (_, x) => (!wired.includes(layer) || (layer === 12 && x >= 48) ? -1 : 100)),
    ),
    scores: layers.map((layer) =>
      wired.includes(layer) ? (bad.includes(layer) ? 0.9 + layer / 1000 : 0.1) : -1,
    ),
    verdicts: layers.map((layer): Verdict | null =>
      wired.includes(layer)
        ? bad.includes(layer)
          ? 'bad'
          : unknown.includes(layer)
            ? 'unknown'
            : 'good'
        : null,
    ),
    faults: [],
    saliency: [],
    ...rest,
  };
}

const fault = (layers: number[], wires: Fault['wires'], changes: Partial<Fault> = {}): Fault => ({
  kind: 'dead-region',
  layers,
  wires,
  confidence: 0.8,
  ...changes,
});

describe('what the ledger follows of a chamber', () => {
  it('is nothing where all is well', () => {
    expect(findingsOf(judged())).toEqual([]);
  });

  it('is a fault that makes a layer bad, as the detector told it', () => {
    const faults = [fault([9], { first: 11, last: 20 }, { ratio: 0.123456, note: 'seen before' })];
    expect(findingsOf(judged({ bad: [9], faults }))).toEqual([
      {
        kind: 'dead-region',
        spans: [{ layer: 9, first: 11, last: 20 }],
        extent: 'part',
        confidence: 0.8,
        ratio: 0.1235,
        score: 0.909,
        saliencyShare: null,
        note: 'seen before',
      },
    ]);
  });

  it('is not what the detector names in layers that are good all the same, nor low statistics', () => {
    const faults = [
      fault([3], { first: 7, last: 7 }, { kind: 'noisy-cell' }),
      fault([9], null, { kind: 'low-statistics' }),
    ];
    expect(
      findingsOf(judged({ bad: [9], faults })).map(({ kind, spans }) => [kind, spans[0]?.layer]),
    ).toEqual([['unnamed', 9]]);
  });

  it.each([
    ['noisy-region', 3, true],
    ['noisy-region', 2.9, false],
    ['hot-layer', 3, true],
    ['hot-layer', 1.5, false],
    ['dead-cells', 0, false],
  ] as const)('in good layers is a %s of %d times: %s', (kind, ratio, isTold) => {
    const board = fault([1, 2, 3, 4], { first: 7, last: 11 }, { kind, ratio });
    expect(findingsOf(judged({ bad: [], faults: [board] }))).toMatchObject(
      isTold ? [{ kind, ratio, spans: [1, 2, 3, 4].map((layer) => ({ layer, first: 7, last: 11 })) }] : [],
    );
  });

  it('is also a bad layer that no fault explains, one finding for each superlayer', () => {
    const faults = [fault([1], null)];
    const found = findingsOf(judged({ bad: [1, 2, 4, 9], faults }));
    expect(
      found.map(({ kind, spans, confidence }) => [kind, spans.map(({ layer }) => layer), confidence]),
    ).toEqual([
      ['dead-region', [1], 0.8],
      ['unnamed', [2, 4], 0.904],
      ['unnamed', [9], 0.909],
    ]);
    expect(found[1]).toMatchObject({
      spans: [
        { first: 1, last: 50 },
        { first: 1, last: 50 },
      ],
      extent: 'whole',
      score: 0.904,
    });
  });

  it('is one finding where every layer of the chamber is bad', () => {
    for (const chamber of [mb1, mb4]) {
      const layers = layersOf(chamber.station);
      expect(findingsOf(judged({ chamber, bad: layers })).map(({ spans }) => spans.length)).toEqual([
        layers.length,
      ]);
    }
  });

  it.each([
    ['dead-chamber', 0.002],
    ['weak-chamber', 0.3],
  ] as const)('is one finding of a %s, of all wires', (kind, ratio) => {
    for (const chamber of [mb1, mb4]) {
      const layers = layersOf(chamber.station);
      const faults = [fault(layers, null, { kind, ratio })];
      const found = findingsOf(judged({ chamber, bad: layers, faults }));
      expect(found).toMatchObject([{ kind, extent: 'whole', ratio }]);
      expect(found[0]!.spans.map(({ layer }) => layer)).toEqual(layers);
      expect(blindLayers(judged({ chamber, bad: layers, faults }))).toEqual([]);
    }
  });

  it('ends where the wires of a layer end, and is nothing beyond', () => {
    const reach = (first: number, last: number) =>
      findingsOf(judged({ bad: [11, 12], faults: [fault([11, 12], { first, last })] })).map(
        ({ spans }) => spans,
      );
    expect(reach(40, 60)).toEqual([
      [
        { layer: 11, first: 40, last: 50 },
        { layer: 12, first: 40, last: 48 },
      ],
    ]);
    expect(reach(49, 60)).toEqual([[{ layer: 11, first: 49, last: 50 }]]);
    expect(reach(48, 50)).toEqual([
      [
        { layer: 11, first: 48, last: 50 },
        { layer: 12, first: 48, last: 48 },
      ],
    ]);
    expect(reach(55, 60)).toEqual([]);
  });

  it('says with which score of its own layers', () => {
    const faults = [fault([9, 10], { first: 1, last: 4 })];
    expect(findingsOf(judged({ bad: [9], faults }))[0]?.score).toBe(0.909);
    expect(findingsOf(judged({ bad: [9], faults, scores: Array<number>(12).fill(-1) }))[0]?.score).toBeNull();
  });
});

describe('how far a fault reaches', () => {
  const extentOf = (first: number, last: number, layers = [9]) =>
    findingsOf(judged({ bad: layers, faults: [fault(layers, { first, last })] }))[0]?.extent;

  it('is whole from wall to wall, two wires either way', () => {
    expect([extentOf(1, 50), extentOf(3, 48), extentOf(4, 48), extentOf(3, 47)]).toEqual([
      'whole',
      'whole',
      'part',
      'part',
    ]);
  });

  it('is half from a wall to about the middle', () => {
    expect([extentOf(1, 19), extentOf(1, 20), extentOf(1, 30), extentOf(1, 31)]).toEqual([
      'part',
      'half',
      'half',
      'part',
    ]);
    expect([extentOf(32, 50), extentOf(31, 50), extentOf(21, 50), extentOf(20, 50)]).toEqual([
      'part',
      'half',
      'half',
      'part',
    ]);
    expect([extentOf(3, 25), extentOf(4, 25)]).toEqual(['half', 'part']);
  });

  it('begins where the layer does, which need not be wire 1', () => {
    const matrix = judged().matrix.map((row, index) => (index === 8 ? [-1, ...row.slice(1)] : row));
    const found = (first: number, last: number, kind: Fault['wires'] = { first, last }) =>
      findingsOf(judged({ matrix, bad: [9], faults: [fault([9], kind)] }))[0];
    expect(found(1, 50)).toMatchObject({ spans: [{ layer: 9, first: 2, last: 50 }], extent: 'whole' });
    expect(found(1, 50, null)?.spans).toEqual([{ layer: 9, first: 2, last: 50 }]);
    expect([found(4, 50)?.extent, found(5, 50)?.extent]).toEqual(['whole', 'part']);
    expect([found(2, 20)?.extent, found(2, 21)?.extent]).toEqual(['part', 'half']);
  });

  it('is a part where its layers differ', () => {
    expect(extentOf(1, 46, [11])).toBe('part');
    expect(extentOf(1, 46, [12])).toBe('whole');
    expect(extentOf(1, 46, [11, 12])).toBe('part');
    expect(extentOf(1, 46, [12, 11])).toBe('part');
  });
});

describe('the hits that a fault has left', () => {
  /** The wires 1 to 10 of a layer have so many hits each. */
  const with10 = (hits: Record<number, number>) =>
    judged().matrix.map((row, index) => row.map((value, x) => (x < 10 ? (hits[index + 1] ?? value) : value)));
  const ratioOf = (layers: number[], hits: Record<number, number>, bad = layers) =>
    findingsOf(judged({ bad, matrix: with10(hits), faults: [fault(layers, { first: 1, last: 10 })] }))[0]
      ?.ratio;

  it('are measured against the same wires of the good layers beside it', () => {
    expect(ratioOf([9], { 9: 25 })).toBe(0.25);
    expect(ratioOf([9], { 9: 25, 10: 40, 11: 60, 12: 50 })).toBe(0.5);
    expect(ratioOf([9, 10], { 9: 20, 10: 40 })).toBe(0.3);
    expect(ratioOf([9], { 9: 25, 10: 0 }, [9, 10])).toBe(0.25);
    expect(ratioOf([9], { 9: 25, 10: -1 })).toBe(0.375);
  });

  it('are unknown where no layer beside it is good, or none has hits', () => {
    expect(ratioOf([9, 10, 11, 12], {})).toBeNull();
    expect(ratioOf([9], {}, [9, 10, 11, 12])).toBeNull();
    expect(ratioOf([9], { 10: 0, 11: 0, 12: 0 })).toBeNull();
  });

  it('are those of the layers that have good ones beside them', () => {
    expect(ratioOf([1, 9], { 1: 50, 9: 10 }, [1, 2, 3, 4, 9])).toBe(0.1);
  });
});

describe('the share of the reasons that lies on a fault', () => {
  const shareOf = (value: (layer: number, wire: number) => number, layers = [9]) => {
    const saliency = judged().matrix.map((row, index) => row.map((_, x) => value(index + 1, x + 1)));
    return findingsOf(judged({ bad: layers, saliency, faults: [fault(layers, { first: 11, last: 20 })] }))[0]
      ?.saliencyShare;
  };

  it('is that of the absolute attributions in its layers', () => {
    expect(shareOf(() => 1)).toBe(0.2);
    expect(shareOf((_, wire) => (wire === 11 || wire === 20 ? -3 : wire === 10 || wire === 21 ? 1 : 0))).toBe(
      0.75,
    );
    expect(shareOf((layer, wire) => (layer === 9 && wire === 15 ? 1 : layer === 10 ? 9 : 0))).toBe(1);
    expect(shareOf((layer) => (layer === 9 ? 1 : 3), [9, 10])).toBe(0.2);
  });

  it('counts no cell without a wire, and is unknown without any attribution', () => {
    expect(shareOf((_, wire) => (wire > 48 ? 7 : wire === 15 ? 1 : 0), [12])).toBe(1);
    expect(shareOf(() => 0)).toBeNull();
  });
});

describe('layers of which a run says nothing', () => {
  it('are those without a verdict, and good ones with too few hits for one', () => {
    expect(blindLayers(judged({ unknown: [2, 7] }))).toEqual([2, 7]);
    const few = [fault([1, 2, 3, 4], null, { kind: 'low-statistics' })];
    expect(blindLayers(judged({ bad: [3], faults: few }))).toEqual([1, 2, 4]);
    expect(blindLayers(judged({ faults: [fault([1], null)] }))).toEqual([]);
    expect(blindLayers({ ...judged({ chamber: mb4 }), verdicts: [] })).toEqual(layersOf(4));
  });
});
