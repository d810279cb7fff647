import type { ChamberId, Matrix } from '@dtdqm/contract';
import { noWire } from '@dtdqm/contract';
import { describe, expect, test } from 'vitest';
import { newWatch, rebaseWatch, watchLook, type Watch } from './index.ts';
import { countLook, countLooks, everyLayer, loss, momentOf, watched, watchLooks } from './looks.fixture.ts';

const mb1: ChamberId = { wheel: -1, station: 1, sector: 2 };
const mb3: ChamberId = { wheel: 0, station: 3, sector: 5 };
const mb4: ChamberId = { wheel: 1, station: 4, sector: 4 };

const after = 60;
const isBetween = (change: { happened: { from: { at: string } | null; to: { at: string } } }, at: string) =>
  change.happened.from !== null && change.happened.from.at <= at && at <= change.happened.to.at;

describe('a loss inside a run is told once, with its place and its minute', () => {
  test.each([
    ['layer', mb1, loss([6]), { layers: [6], wires: null }, 3],
    ['layer', mb3, loss([9]), { layers: [9], wires: null }, 6],
    ['layer of MB4', mb4, loss([12]), { layers: [12], wires: null }, 6],
    [
      'left half',
      mb1,
      loss([1], 0, { first: 1, last: 24 }),
      { layers: [1], wires: { first: 1, last: 24 } },
      5,
    ],
    [
      'right half',
      mb3,
      loss([4], 0, { first: 37, last: 72 }),
      { layers: [4], wires: { first: 37, last: 72 } },
      12,
    ],
    [
      'board',
      mb1,
      loss([9, 10, 11, 12], 0, { first: 18, last: 21 }),
      { layers: [9, 10, 11, 12], wires: { first: 18, last: 21 } },
      8,
    ],
    ['superlayer', mb3, loss([5, 6, 7, 8]), { layers: [5, 6, 7, 8], wires: null }, 4],
    ['layer at half', mb1, loss([7], 0.5), { layers: [7], wires: null }, 12],
    [
      'read-out group',
      mb1,
      loss(everyLayer, 0, { first: 17, last: 32 }),
      { layers: everyLayer, wires: { first: 17, last: 32 } },
      4,
    ],
  ] as const)('%s (%o)', (_, chamber, fault, place, within) => {
    const looks = countLooks(watched(chamber, 'told'), after + 60, (look) =>
      look < after ? {} : { faults: [fault] },
    );
    const { told } = watchLooks(looks);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ kind: 'trip', layers: place.layers });
    expect(told[0]!.look).toBeLessThan(after + within);
    expect(isBetween(told[0]!, momentOf(after).at)).toBe(true);
    expect(told[0]!.told).toEqual(momentOf(told[0]!.look + 1));
    const { wires, ratio, ratioRange } = told[0]!;
    if (place.wires === null) expect(wires).toBeNull();
    else {
      expect(Math.abs(wires!.first - place.wires.first)).toBeLessThanOrEqual(1);
      expect(Math.abs(wires!.last - place.wires.last)).toBeLessThanOrEqual(1);
    }
    expect(ratioRange.low).toBeLessThanOrEqual(fault.level);
    expect(ratioRange.high).toBeGreaterThanOrEqual(fault.level);
    expect(ratio).toBeLessThan(fault.level + 0.25);
  });
});

test('a loss in the lumisection that a look did not show yet is told with its minute', () => {
  const chamber = watched(mb1, 'lag');
  const { told } = watchLooks(
    countLooks(chamber, after + 10, (look) => (look < after ? {} : { faults: [loss([2])] })),
  );
  const asked = Date.parse(momentOf(after).at);
  expect(isBetween(told[0]!, new Date(asked - 20_000).toISOString())).toBe(true);
});

test('a loss within a look is told with the look in which it was', () => {
  const chamber = watched(mb1, 'within');
  const looks = countLooks(chamber, after);
  const [healthy, lost] = [
    countLook(chamber, { luminosity: 0.5 }),
    countLook(chamber, { luminosity: 0.5, faults: [loss([2])] }),
  ];
  looks.push(healthy.map((row, y) => row.map((hits, x) => (hits === noWire ? noWire : hits + lost[y]![x]!))));
  looks.push(...countLooks(chamber, 10, () => ({ faults: [loss([2])] })));
  const [trip, ...more] = watchLooks(looks).told;
  expect(more).toEqual([]);
  expect(isBetween(trip!, momentOf(after + 0.5).at)).toBe(true);
});

describe('what went and came', () => {
  test('recovery is told with its minute, and a long loss is not learned as normal', () => {
    const looks = countLooks(watched(mb3, 'recovers'), 260, (look) =>
      look >= after && look < 200 ? { faults: [loss([11])] } : {},
    );
    const { told, watch } = watchLooks(looks);
    expect(told.map(({ kind, layers }) => [kind, layers])).toEqual([
      ['trip', [11]],
      ['recovery', [11]],
    ]);
    expect(told[1]!.look).toBeLessThan(206);
    expect(isBetween(told[1]!, momentOf(200).at)).toBe(true);
    expect(told[1]!.ratioRange.high).toBeGreaterThan(0.9);
    expect(watch.lost).toEqual([]);
  });

  test('what has gone and come twice flickers, from when it first went, and that is the last that is told', () => {
    const isLost = (look: number) => look >= after && (look - after) % 40 < 20;
    const { told } = watchLooks(
      countLooks(watched(mb1, 'flickers'), 300, (look) => (isLost(look) ? { faults: [loss([3])] } : {})),
    );
    expect(told.map(({ kind }) => kind)).toEqual(['trip', 'recovery', 'trip', 'flicker']);
    expect(isBetween(told[3]!, momentOf(after).at)).toBe(true);
    expect(told.every(({ layers }) => layers.join() === '3')).toBe(true);
  });

  test('a layer that came back in part is watched on until it is all there', () => {
    const levels = (look: number) => (look < after ? 1 : look < 100 ? 0 : look < 160 ? 0.3 : 1);
    const { told } = watchLooks(
      countLooks(watched(mb3, 'in part'), 220, (look) => ({ faults: [loss([8], levels(look))] })),
    );
    expect(told.map(({ kind }) => kind)).toEqual(['trip', 'recovery']);
    expect(isBetween(told[1]!, momentOf(160).at)).toBe(true);
  });

  test('a layer that sank to a half and then died is told twice', () => {
    const levels = (look: number) => (look < after ? 1 : look < 140 ? 0.5 : 0);
    const { told } = watchLooks(
      countLooks(watched(mb1, 'deeper'), 200, (look) => ({ faults: [loss([8], levels(look))] })),
    );
    expect(told.map(({ kind }) => kind)).toEqual(['trip', 'trip']);
    expect(isBetween(told[1]!, momentOf(140).at)).toBe(true);
    expect(told[1]!.ratio).toBeLessThan(0.1);
  });

  test('what creeps over an hour and more is a sink, from when it began to', () => {
    for (const [seed, chamber] of [mb1, mb3].entries()) {
      const { told } = watchLooks(
        countLooks(watched(chamber, 'sinks', seed), 320, (look) => ({
          faults: [loss([10], Math.max(0.1, 1 - Math.max(0, look - after) / 200))],
        })),
      );
      expect(told.length).toBeLessThanOrEqual(2);
      const sink = told.at(-1)!;
      expect([sink.kind, sink.layers]).toEqual(['sink', [10]]);
      expect(told[0]!.look - after).toBeLessThan(180);
      expect(sink.happened.to.lumisection! - sink.happened.from!.lumisection!).toBeGreaterThan(20);
    }
  });
});

describe('what was dead from the beginning of the run and comes back is told then, and nothing before', () => {
  test.each([
    ['layer', mb1, loss([4]), null],
    ['layer', mb3, loss([10]), null],
    ['half layer', mb1, loss([9], 0, { first: 1, last: 24 }), { first: 1, last: 24 }],
  ] as const)('%s (%o)', (_, chamber, fault, wires) => {
    const { told, watch } = watchLooks(
      countLooks(watched(chamber, 'dead at first'), 120, (look) => (look < after ? { faults: [fault] } : {})),
    );
    expect(told.map(({ kind, layers, wires: at }) => [kind, layers, at])).toEqual([
      ['recovery', fault.layers, wires],
    ]);
    expect(told[0]!.look).toBeLessThan(after + 8);
    expect(isBetween(told[0]!, momentOf(after).at)).toBe(true);
    expect(watch.lost).toEqual([]);
  });
});

test('what was told as a trip and goes on falling is called a sink, once, and that is the last that is told', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const { told } = watchLooks(
      countLooks(watched(mb1, 'slow', seed), 300, (look) => ({
        faults: [loss([10], Math.max(0.2, 1 - Math.max(0, look - after) / 150))],
      })),
    );
    expect(told.length).toBeLessThanOrEqual(2);
    expect(told.at(-1)).toMatchObject({ kind: 'sink', layers: [10], wires: null });
  }
});

describe('nothing is told', () => {
  const quiet = (
    chamber: ChamberId,
    seed: string,
    luminosity: (look: number) => number,
    faults = [loss([], 0)],
  ) =>
    watchLooks(countLooks(watched(chamber, seed), 300, (look) => ({ luminosity: luminosity(look), faults })))
      .told;

  test('of luminosity that falls, doubles, is scanned away or dumped and comes back', () => {
    const levels = (look: number) =>
      look < 100 ? Math.exp(-look / 80) : look < 140 ? 2 : look < 180 ? 0 : look < 200 ? 0.01 : 1;
    for (const chamber of [mb1, mb3, mb4]) expect(quiet(chamber, 'luminosity', levels)).toEqual([]);
  });

  test('of so few hits that nobody could know', () => {
    const lost = countLooks(watched(mb3, 'few'), 300, (look) => ({
      luminosity: 0.003,
      faults: look < 150 ? [] : [loss([5])],
    }));
    expect(watchLooks(lost).told).toEqual([]);
  });

  test('of what was dead from the beginning of the run: the chamber, a layer, a board', () => {
    expect(quiet(mb1, 'chamber', () => 1, [loss(everyLayer)])).toEqual([]);
    expect(quiet(mb1, 'layer', () => 1, [loss([4])])).toEqual([]);
    expect(quiet(mb3, 'board', () => 1, [loss([1, 2, 3, 4], 0, { first: 9, last: 12 })])).toEqual([]);
  });

  test('of noise in wires and in whole layers that begins, ends, or was there from the beginning', () => {
    const noise = [loss([2], 40, { first: 30, last: 30 }), loss([9], 3)];
    for (const isNoisy of [(look: number) => look > 80 && look < 140, (look: number) => look < 140]) {
      const looks = countLooks(watched(mb1, 'noise'), 220, (look) => ({
        faults: isNoisy(look) ? noise : [],
      }));
      expect(watchLooks(looks).told).toEqual([]);
    }
  });
});

describe('over a gap', () => {
  const lost = { faults: [loss([6])] };
  const takeOn = (watch: Watch, looks: readonly Matrix[], first: number) =>
    watchLooks(looks, { watch, told: [], first });

  test('shares stay known, and a layer that died meanwhile is told at once', () => {
    const chamber = watched(mb1, 'gap');
    const before = watchLooks(countLooks(chamber, after)).watch;
    const { told } = takeOn(
      rebaseWatch(before),
      countLooks(chamber, 5, () => lost),
      80,
    );
    expect(told.map(({ kind, layers }) => [kind, layers])).toEqual([['trip', [6]]]);
    expect(told[0]!.look).toBeLessThan(84);
  });

  test('what was lost before is not told again, and its recovery is', () => {
    const chamber = watched(mb1, 'gap and recovery');
    const before = watchLooks(countLooks(chamber, after + 20, (look) => (look < after ? {} : lost))).watch;
    const still = takeOn(
      rebaseWatch(before),
      countLooks(chamber, 20, () => lost),
      100,
    );
    expect(still.told).toEqual([]);
    const back = takeOn(still.watch, countLooks(chamber, 10), 120);
    expect(back.told.map(({ kind }) => kind)).toEqual(['recovery']);
  });

  test('other wires than before begin anew', () => {
    const before = watchLooks(countLooks(watched(mb1, 'wires'), after)).watch;
    const { told } = takeOn(before, countLooks(watched(mb3, 'wires'), 60), after);
    expect(told).toEqual([]);
  });
});

test('a watch that was stored as JSON in the middle goes on as if it had not been', () => {
  const looks = countLooks(watched(mb1, 'stored'), 160, (look) =>
    look >= after && look < 120 ? { faults: [loss([3], 0.4)] } : {},
  );
  const whole = watchLooks(looks);
  let stored: Watch = newWatch();
  const told = looks.flatMap((counts, look) => {
    const result = watchLook(stored, { from: momentOf(look), to: momentOf(look + 1), counts });
    stored = JSON.parse(JSON.stringify(result.watch)) as Watch;
    return result.changes.map((change) => ({ ...change, look }));
  });
  expect(told).toEqual(whole.told);
  expect(told).not.toEqual([]);
  expect(stored).toEqual(JSON.parse(JSON.stringify(whole.watch)));
});

test('of a run that had no hits yet at the first look, no more is told than was lost', () => {
  const halfIn = 6;
  for (const sector of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const chamber = watched({ wheel: -1, station: 1, sector }, 'no hits at first');
    const looks = countLooks(chamber, 20, (look) =>
      look === 0
        ? { luminosity: 0 }
        : look < halfIn
          ? {}
          : { faults: [loss([3], 0, { first: 25, last: 49 })] },
    );
    const { told } = watchLooks(looks);
    expect(told.map(({ kind, layers }) => ({ kind, layers }))).toEqual([{ kind: 'trip', layers: [3] }]);
  }
});
