import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layersOfSuperlayer, superlayers, type Incident, type Span } from '@dtdqm/contract';
import { reconcileNumbers, replay, type Identity, type ReplayState } from './replay.ts';
import { chamber, finding, run } from './toy.fixture.ts';
import { emptyLedger, rules, type Finding, type RunFindings, type Track } from './track.ts';

const start: ReplayState = { run: 0, ordinal: 0, ledger: emptyLedger, ahead: [] };

function play(runs: readonly RunFindings[], from = start) {
  const work = replay(from, []);
  for (const each of runs) work.take(each);
  return work.finish();
}

function tracksAfter(runs: readonly RunFindings[]): Track[] {
  const { states, effects } = play(runs);
  return [...effects.finished, ...(states.at(-1)?.ledger.tracks ?? [])].filter(
    ({ phase }) => phase !== 'candidate',
  );
}

const layer9: Span[] = [{ layer: 9, first: 10, last: 20 }];
const f = [finding(layer9)];
const sequence = (...shows: (readonly Finding[])[]) => shows.map((findings, at) => run(at + 1, findings));

const anyFinding = fc
  .record({
    layer: fc.integer({ min: 1, max: 4 }),
    first: fc.integer({ min: 1, max: 40 }),
    length: fc.integer({ min: 1, max: 20 }),
    ratio: fc.constantFrom(0, 0.3, 0.8, null),
    confidence: fc.constantFrom(0.5, 0.7, 0.9),
    kind: fc.constantFrom<Incident['kind'][]>('dead-region', 'weak-region', 'noisy-cell', 'unnamed'),
  })
  .map(({ layer, first, length, ...rest }) => finding([{ layer, first, last: first + length - 1 }], rest));
/** Of all layers of a superlayer, often at the wires that others of its kind have. */
const anyBlock = fc
  .record({
    superlayer: fc.constantFrom(...superlayers),
    first: fc.constantFrom(9, 10, 30),
    length: fc.constantFrom(4, 12, 13),
    ratio: fc.constantFrom(0, 0.1, 0.5),
  })
  .map(({ superlayer, first, length, ratio }) =>
    finding(
      layersOfSuperlayer(superlayer).map((layer) => ({ layer, first, last: first + length - 1 })),
      { ratio },
    ),
  );
const anyRunsOf = (anything: fc.Arbitrary<Finding>) =>
  fc
    .array(fc.tuple(fc.array(anything, { maxLength: 4 }), fc.subarray([1, 2, 3, 4])), {
      minLength: 1,
      maxLength: 30,
    })
    .map((each) => each.map(([findings, blind], at) => run(at + 1, findings, blind)));
const anyRuns = anyRunsOf(anyFinding);
const anyWideRuns = anyRunsOf(fc.oneof(anyFinding, anyBlock));

describe('the life of a fault', () => {
  it('begins with the first run that shows it, once a second confirms it', () => {
    expect(tracksAfter(sequence(f, []))).toEqual([]);
    expect(tracksAfter(sequence(f, [], f))).toMatchObject([{ firstRun: 1, openedRun: 3 }]);
    expect(tracksAfter(sequence(f, [], [], f))).toEqual([]);
  });

  it('ends after three runs in a row that do not show it, and goes on when it comes back soon', () => {
    expect(tracksAfter(sequence(f, f, [], []))).toMatchObject([{ phase: 'open' }]);
    expect(tracksAfter(sequence(f, f, [], [], []))).toMatchObject([
      { phase: 'healed', healedRun: 5, lastRun: 2 },
    ]);
    expect(tracksAfter(sequence(f, f, [], [], [], [], f, f))).toMatchObject([{ phase: 'open', firstRun: 1 }]);
    expect(tracksAfter(sequence(f, f, [], [], [], [], f, [], []))).toMatchObject([
      { phase: 'healed', lastRun: 2 },
    ]);
  });

  it('is one for a fault that flickers', () => {
    const flicker = sequence(f, [], f, f, [], [], f, [], f, [], [], [], f, [], [], [], [], f, f, [], f);
    expect(tracksAfter(flicker)).toHaveLength(1);
  });

  it('follows a fault that moves and is called otherwise', () => {
    const moved = [finding([{ layer: 9, first: 14, last: 24 }], { kind: 'weak-region', ratio: 0.2 })];
    expect(tracksAfter(sequence(f, f, moved, moved))).toMatchObject([{ spans: moved[0]!.spans }]);
  });

  it('is not that of a greater fault that covers it', () => {
    const all = [
      finding(
        [1, 2, 3, 4, 9, 10, 11, 12].map((layer) => ({ layer, first: 1, last: 96 })),
        { kind: 'dead-chamber' },
      ),
    ];
    const [small, great] = tracksAfter(sequence(f, f, all, all, all, all, all, f));
    expect([small, great]).toMatchObject([
      { phase: 'open', spans: layer9, lastRun: 8 },
      { phase: 'open', stated: { kind: 'dead-chamber' } },
    ]);
  });

  it('is one for a read-out group over all superlayers, also where a run shows only some of it', () => {
    const [one, two, three] = [1, 5, 9].map((least) =>
      finding([0, 1, 2, 3].map((more) => ({ layer: least + more, first: 17, last: 32 }))),
    ) as [Finding, Finding, Finding];
    const piece = finding([{ layer: 12, first: 18, last: 30 }]);
    const all = [one, two, three];
    const lived = sequence(
      all,
      all,
      [one, two],
      [three],
      [one, two, piece],
      [],
      [one, two, piece],
      all,
      [],
      [],
      [],
    );
    expect(tracksAfter(lived)).toMatchObject([{ phase: 'healed', firstRun: 1, lastRun: 8 }]);
    const { effects } = play(lived);
    expect(effects.changes.filter(({ change }) => change === 'opened')).toHaveLength(1);
  });

  it('grows when what took one superlayer takes the same wires of the others', () => {
    const layers = (...numbers: number[]) => [
      finding(numbers.map((layer) => ({ layer, first: 17, last: 32 }))),
    ];
    const few = layers(1, 2, 3, 4);
    const all = [...few, ...layers(9, 10, 11, 12)];
    expect(tracksAfter(sequence(few, few, all, all, all))).toMatchObject([
      { phase: 'open', change: 'grown', firstRun: 1 },
    ]);
  });

  it('is two for boards of two superlayers that fail at different wires, and each heals by itself', () => {
    const boards = [1, 9].map((least) =>
      finding([0, 1, 2, 3].map((more) => ({ layer: least + more, first: 10 + least, last: 20 + least }))),
    );
    const lived = sequence(boards, boards, boards, ...Array.from({ length: 3 }, () => boards.slice(1)));
    expect(
      tracksAfter(lived)
        .map(({ phase }) => phase)
        .sort(),
    ).toEqual(['healed', 'open']);
  });

  it('tells of growth once', () => {
    const large = [finding([{ layer: 9, first: 10, last: 40 }])];
    const { effects } = play(sequence(f, f, f, large, large, large, large));
    expect(effects.changes.map(({ run: at, change }) => [at, change])).toEqual([
      [2, 'opened'],
      [5, 'grown'],
    ]);
  });

  it('does not change its words for one odd run', () => {
    const odd = [finding(layer9, { kind: 'weak-region', ratio: 0.4 })];
    expect(tracksAfter(sequence(f, f, f, odd))).toMatchObject([{ stated: { kind: 'dead-region' } }]);
    expect(tracksAfter(sequence(f, f, f, odd, odd, odd))).toMatchObject([
      { stated: { kind: 'weak-region' } },
    ]);
  });
});

describe('a replay', () => {
  it('ends the same from the beginning and from any state on the way', () => {
    fc.assert(
      fc.property(anyWideRuns, fc.nat(), (runs, cut) => {
        const at = cut % (runs.length + 1);
        const whole = play(runs).states.at(-1);
        const half = at === 0 ? start : (play(runs.slice(0, at)).states.at(-1) ?? start);
        const rest = play(runs.slice(at), half).states.at(-1);
        expect(withoutNumbers(rest)).toEqual(withoutNumbers(whole));
      }),
    );
  });

  it('does not care for the order of the findings in a run', () => {
    fc.assert(
      fc.property(anyWideRuns, (runs) => {
        const turned = runs.map(({ findings, ...rest }) => ({
          ...rest,
          findings: new Map([...findings].map(([key, found]) => [key, [...found].reverse()])),
        }));
        expect(play(turned).effects.changes).toEqual(play(runs).effects.changes);
      }),
    );
  });

  it('opens nothing that was not seen twice in three runs, and heals nothing that was not missed three times', () => {
    fc.assert(
      fc.property(anyWideRuns, (runs) => {
        const { effects } = play(runs);
        const sightings = (id: number, until: number) =>
          effects.sightings.filter((each) => each.id === id && each.run <= until);
        for (const { id, run: at, change } of effects.changes) {
          if (change === 'opened')
            expect(sightings(id, at).length).toBeGreaterThanOrEqual(rules.openSightings);
          if (change === 'healed') {
            const last = Math.max(...sightings(id, at).map((each) => each.run));
            expect(at - last).toBeGreaterThanOrEqual(rules.healAfter);
          }
        }
      }),
    );
  });

  it('never has two open incidents for the same finding for long', () => {
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const steady = Array.from({ length: 12 }, (_, at) => run(runs.length + at + 1, f));
        const { states } = play([...runs, ...steady]);
        const open = (states.at(-1)?.ledger.tracks ?? []).filter(
          (track) => track.phase === 'open' && track.spans.some(({ layer }) => layer === 9),
        );
        expect(open).toHaveLength(1);
        expect(open[0]?.chamber).toBe(chamber);
      }),
    );
  });
});

/** Provisional numbers depend on where the replay began. */
function withoutNumbers(state: ReplayState | undefined): unknown {
  return state?.ledger.tracks.map((track) => ({ ...track, id: Math.sign(track.id) }));
}

describe('numbers after a replay', () => {
  const incident = (id: number, firstRun: number, lastRun: number, first = 10): Identity => ({
    id,
    chamber: 'W0_St1_Sec1',
    spans: [{ layer: 9, first, last: first + 10 }],
    firstRun,
    lastRun,
  });

  it('gives incidents back the numbers that they had, and new ones to the rest', () => {
    let next = 20;
    const numbers = reconcileNumbers(
      [incident(-1, 3, 9), incident(-2, 12, 14), incident(-3, 3, 9, 40)],
      [incident(7, 4, 9), incident(8, 4, 9, 41)],
      () => next++,
    );
    expect([...numbers].sort()).toEqual([
      [-1, 7],
      [-2, 20],
      [-3, 8],
    ]);
  });

  it('gives a number to one only', () => {
    let next = 20;
    const numbers = reconcileNumbers(
      [incident(-1, 1, 4), incident(-2, 6, 9)],
      [incident(7, 1, 9)],
      () => next++,
    );
    expect(new Set(numbers.values())).toEqual(new Set([7, 20]));
  });
});
