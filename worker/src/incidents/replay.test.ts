import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layersOfSuperlayer, superlayers, type Incident } from '@dtdqm/contract';
import { reconcileNumbers, type Identity, type ReplayState } from './replay.ts';
import { chamber, f, finding, play, run, start } from './toy.fixture.ts';
import { rules, type Finding } from './track.ts';

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
