import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { allChambers, formatChamber, layersOf, noWire, type ChamberId, type Matrix } from '@dtdqm/contract';
import { packMatrix, packWithMatrices, unpackMatrix, unpackWithMatrices } from '../storage/packedMatrix.ts';
import { hitsOf } from './look.ts';
import {
  beginInside,
  endInside,
  foldLook,
  type FoldedLook,
  type InsideState,
  type JudgeSlices,
  type Watcher,
} from './slices.ts';

const chambers = allChambers.slice(0, 3);
/** Hits of a chamber below which the judge here calls all unknown. */
const enough = 25;

const judge: JudgeSlices = async (slices) =>
  slices.map(({ chamber, matrix }) => ({
    faults: [],
    verdicts: matrix.map((row, index) => {
      if (!layersOf(chamber.station).includes(index + 1)) return null;
      return hitsOf(matrix) < enough ? 'unknown' : hitsOf([row]) === 0 ? 'bad' : 'good';
    }),
  }));

/** Remembers all that it was told, in order. */
const watcher: Watcher<{ seen: number[] }> = {
  exposure: () => 1,
  version: 'test',
  begin: () => ({ seen: [] }),
  look: ({ seen }, { counts }) => ({ watch: { seen: [...seen, hitsOf(counts)] }, changes: [] }),
  rebase: ({ seen }) => ({ seen: [...seen, -1] }),
};
type State = InsideState<{ seen: number[] }>;
type Folded = FoldedLook<{ seen: number[] }>;

const columns = 4;
function matrixOf({ station }: ChamberId, cells: readonly number[]): Matrix {
  return Array.from({ length: 12 }, (_, row) =>
    Array.from({ length: columns }, (_, x) =>
      layersOf(station).includes(row + 1) ? cells[(row * columns + x) % cells.length]! : noWire,
    ),
  );
}
const plus = (a: Matrix, b: Matrix) =>
  a.map((row, y) => row.map((hits, x) => (hits === noWire ? noWire : hits + b[y]![x]!)));

/** What happens to a chamber until a look at it. */
type Happening = { do: 'grow'; cells: number[] } | { do: 'same' | 'fail' | 'restart' | 'stale' };
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('grow' as const),
      cells: fc.array(fc.nat(3), { minLength: 5, maxLength: 7 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('same' as const, 'fail' as const, 'restart' as const, 'stale' as const),
    }),
  },
);
const history = fc.array(fc.tuple(happening, happening, happening), { minLength: 1, maxLength: 14 });

/** Snapshots as a server would show them, which counts on whatever it shows of what was before. */
function shownIn(happenings: readonly (readonly Happening[])[]): (ChamberId & { matrix: Matrix })[][] {
  const now = chambers.map((chamber) => matrixOf(chamber, [0]));
  const before = [...now];
  return happenings.map((each) =>
    chambers.flatMap((chamber, index) => {
      const what = each[index]!;
      const last = now[index]!;
      if (what.do === 'grow') now[index] = plus(last, matrixOf(chamber, what.cells));
      if (what.do === 'restart') now[index] = matrixOf(chamber, [0]);
      if (what.do === 'fail') return [];
      if (what.do === 'stale') return [{ ...chamber, matrix: before[index]! }];
      before[index] = last;
      return [{ ...chamber, matrix: now[index]! }];
    }),
  );
}

const at = (look: number) => ({ at: new Date(look * 45_000).toISOString(), lumisection: look * 2 });

async function foldAll(
  looks: ReturnType<typeof shownIn>,
  between: (state: State) => State = (state) => state,
) {
  let state: State = beginInside();
  const folded: Folded[] = [];
  for (const [index, shown] of looks.entries()) {
    const next = await foldLook(
      between(state),
      { moment: at(index + 1), start: at(0), shown },
      { judge, watcher },
    );
    folded.push(next);
    ({ state } = next);
  }
  return { folded, state };
}

describe('slices of any history', () => {
  it('add up to the snapshots, between one beginning and the next', () =>
    fc.assert(
      fc.asyncProperty(history, async (happenings) => {
        const { folded, state } = await foldAll(shownIn(happenings));
        const slices = [
          ...folded.flatMap((each) => each.slices),
          ...endInside({ ...state, chambers: state.chambers.map((each) => ({ ...each, fallen: null })) })
            .slices,
        ];
        for (const { base: _, ...chamber } of state.chambers) {
          const own = slices.filter((slice) => formatChamber(slice) === formatChamber(chamber));
          const since = own.findLastIndex(({ gap }) => gap !== null);
          const sums = own
            .slice(Math.max(0, since))
            .reduce((sum, { matrix }) => plus(sum, matrix), matrixOf(chamber, [0]));
          const from =
            since < 0
              ? matrixOf(chamber, [0])
              : snapshotAt(happenings, chamber, own[since]!.fromLook, folded);
          expect(plus(sums, from)).toEqual(chamber.last.matrix);
        }
        // One begins where the one before ended, unless it says why not.
        for (const slice of slices) {
          expect(slice.matrix.flat().every((hits) => hits >= noWire)).toBe(true);
          const before = slices.filter(
            (each) => formatChamber(each) === formatChamber(slice) && each.look <= slice.fromLook,
          );
          if (slice.gap === null) expect(Math.max(0, ...before.map(({ look }) => look))).toBe(slice.fromLook);
        }
      }),
      { numRuns: 300 },
    ));

  it('are the same when the state is stored and read between any two looks', () =>
    fc.assert(
      fc.asyncProperty(history, async (happenings) => {
        const looks = shownIn(happenings);
        const straight = await foldAll(looks);
        const stored = await foldAll(looks, (state) => unpackWithMatrices(packWithMatrices(state)) as State);
        expect(stored).toEqual(straight);
      }),
      { numRuns: 100 },
    ));

  it('do not change when any look is shown twice', () =>
    fc.assert(
      fc.asyncProperty(history, async (happenings) => {
        const looks = shownIn(happenings);
        const twice = await foldAll(looks.flatMap((look) => [look, look]));
        expect(contentOf(twice.folded)).toEqual(contentOf((await foldAll(looks)).folded));
      }),
      { numRuns: 100 },
    ));

  it('hold every hit once when counts only seem to fall', () =>
    fc.assert(
      fc.asyncProperty(
        history.map((looks) =>
          looks.map((each) => each.map((what): Happening => (what.do === 'restart' ? { do: 'same' } : what))),
        ),
        async (happenings) => {
          const grown: Happening[] = chambers.map(() => ({ do: 'grow', cells: [1, 0, 2] }));
          const looks = shownIn([...happenings, grown]);
          const { folded, state } = await foldAll(looks);
          const slices = [...folded.flatMap((each) => each.slices), ...endInside(state).slices];
          for (const chamber of looks.at(-1)!) {
            const own = slices.filter((slice) => formatChamber(slice) === formatChamber(chamber));
            expect(own.reduce((sum, { matrix }) => plus(sum, matrix), matrixOf(chamber, [0]))).toEqual(
              chamber.matrix,
            );
            expect(own.every(({ gap }) => gap === null)).toBe(true);
          }
        },
      ),
      { numRuns: 200 },
    ));

  it('pack into what they were', () =>
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(5), fc.nat(2 ** 40)), { minLength: 1 }), (cells) => {
        const matrix = matrixOf(chambers[0]!, cells);
        expect(unpackMatrix(packMatrix(matrix))).toEqual(matrix);
      }),
    ));
});

/** All but the numbers and times of looks. */
const contentOf = (folded: readonly Folded[]) =>
  folded.flatMap(({ slices }) =>
    slices.map(({ fromLook: _, look: __, gap, ...slice }) => ({ ...slice, isAnew: gap !== null })),
  );

/** What was shown of a chamber at a look that counts. */
function snapshotAt(
  happenings: readonly (readonly Happening[])[],
  chamber: ChamberId,
  look: number,
  folded: readonly Folded[],
): Matrix {
  const index = folded.findIndex((each) => each.look?.look === look);
  return shownIn(happenings)[index]!.find((each) => formatChamber(each) === formatChamber(chamber))!.matrix;
}

const [chamber] = chambers as [ChamberId];
const show = (...cells: number[]) => [{ ...chamber, matrix: matrixOf(chamber, cells) }];

test('a chamber with too few hits waits until there are enough, or the run is over', async () => {
  const { folded, state } = await foldAll([
    show(0, 1, 0, 0, 0),
    show(0, 1, 1, 0, 0),
    show(1, 2, 1, 0, 0),
    show(1, 2, 1, 0, 1),
  ]);
  expect(folded.map(({ slices }) => slices.length)).toEqual([0, 0, 1, 0]);
  expect(folded[2]!.slices[0]).toMatchObject({ fromLook: 0, look: 3, gap: null });
  expect(folded[3]!.look).toMatchObject({ judged: 0, waiting: 1, hits: 9 });
  const { slices } = endInside(state);
  expect(slices).toMatchObject([{ fromLook: 3, look: 4, verdicts: Array(12).fill('unknown') }]);
});

test('a restart begins a new base and says so, once it is sure; what waited is told', async () => {
  const { folded, state } = await foldAll([
    show(1, 1, 1),
    show(2, 1, 1),
    show(0, 0, 0),
    show(0, 0, 1),
    show(0, 1, 1),
    show(2, 2, 2),
  ]);
  const slices = folded.flatMap((each) => each.slices);
  expect(slices.map(({ fromLook, look }) => [fromLook, look])).toEqual([
    [0, 1],
    [1, 2],
    [3, 5],
    [5, 6],
  ]);
  expect(slices.map(({ gap }) => gap)).toEqual([
    null,
    null,
    expect.stringMatching(/^the counts fell back, from 64 hits to 0, at 00:02:15 UTC$/),
    null,
  ]);
  expect(slices[1]!.verdicts).toContain('unknown');
  expect(folded[4]!.look?.gap).toMatch(/^1 chamber: the counts fell back/);
  expect(state.chambers[0]!.watch.seen).toEqual([48, 16, -1, 32, 64]);
});

test('an answer from a cache is no restart', async () => {
  const { folded } = await foldAll([
    show(1, 1, 1),
    show(3, 3, 3),
    show(1, 1, 1),
    show(1, 1, 1),
    show(4, 4, 4),
  ]);
  expect(
    folded.flatMap((each) => each.slices.map(({ fromLook, look, gap }) => [fromLook, look, gap])),
  ).toEqual([
    [0, 1, null],
    [1, 2, null],
    [2, 4, null],
  ]);
});

test('another width begins a new base', async () => {
  const wide = [{ ...chamber, matrix: matrixOf(chamber, [5]).map((row) => [...row, 5]) }];
  const wider = (by: number) =>
    wide.map((each) => ({ ...each, matrix: each.matrix.map((row) => row.map((hits) => hits + by)) }));
  const { folded } = await foldAll([show(1, 1, 1), wide, wider(1), wider(2)]);
  const slices = folded.flatMap((each) => each.slices);
  expect(slices[1]).toMatchObject({ fromLook: 2, look: 4, gap: expect.stringMatching(/other wires/) });
});

test('a state that is not known any more makes the next look a beginning, and it says why', async () => {
  const begun: State = beginInside(7, 'because');
  const fold = (state: State, look: number, ...cells: number[]) =>
    foldLook(state, { moment: at(look), start: at(0), shown: show(...cells) }, { judge, watcher });
  const first = await fold(begun, 1, 9, 9, 9);
  expect(first.look).toMatchObject({ look: 8, hits: 0, judged: 0, gap: '1 chamber: because' });
  const second = await fold(first.state, 2, 10, 10, 10);
  expect(second.slices).toMatchObject([{ fromLook: 8, look: 9, gap: 'because' }]);
  expect(hitsOf(second.slices[0]!.matrix)).toBe(48);
});

test('a watcher that fails in one chamber costs neither the look nor the other chambers', async () => {
  const failing: typeof watcher = {
    ...watcher,
    look(watch, part) {
      if (hitsOf(part.counts) > 500) throw new Error('beyond belief');
      return watcher.look(watch, part);
    },
  };
  const shown = chambers.map((each, index) => ({ ...each, matrix: matrixOf(each, [index === 1 ? 90 : 9]) }));
  const { state, slices, unwatched } = await foldLook(
    beginInside<{ seen: number[] }>(),
    { moment: at(1), start: at(0), shown },
    { judge, watcher: failing },
  );
  expect(slices).toHaveLength(3);
  expect(unwatched).toMatchObject([{ ...chambers[1], error: new Error('beyond belief') }]);
  expect(state.chambers.map(({ watch }) => watch.seen.length)).toEqual([1, 0, 1]);
});
