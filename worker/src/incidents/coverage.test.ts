import { describe, expect, it } from 'vitest';
import { play, run } from './toy.fixture.ts';
import { wholeDetector, type Track } from './track.ts';

/** Runs from 1 on with so many judged chambers; null for one that may get more. */
const runsWith = (...judged: (number | null)[]) =>
  judged.map((chambers, at) => ({ ...run(at + 1, []), judged: chambers }));
const ledgerAfter = (...judged: (number | null)[]): Track[] =>
  play(runsWith(...judged)).states.at(-1)!.ledger.tracks;
const changesOf = (...judged: (number | null)[]) =>
  play(runsWith(...judged)).effects.changes.map(({ run: at, change }) => [at, change]);

describe('coverage', () => {
  it('that falls by one chamber is an incident of the whole detector at once', () => {
    expect(ledgerAfter(250, 250, 249)).toMatchObject([
      {
        chamber: wholeDetector,
        phase: 'open',
        firstRun: 3,
        openedRun: 3,
        stated: { kind: 'coverage', lost: 1, spans: [] },
        latest: { note: '249 chambers judged, 250 before' },
      },
    ]);
  });

  it('that never was there does not fall, and more is no fall', () => {
    expect(ledgerAfter(200, 200, 210, 200, 205)).toEqual([]);
  });

  it('does not heal by lasting: what it is compared with are the runs before the fall', () => {
    const low = Array.from({ length: 30 }, () => 224);
    expect(ledgerAfter(250, 250, ...low)).toMatchObject([{ phase: 'open', firstRun: 3, lastRun: 32 }]);
    expect(changesOf(250, 250, ...low, 250)).toEqual([
      [3, 'opened'],
      [33, 'healed'],
    ]);
  });

  it('that falls again within ten runs is the same incident', () => {
    expect(changesOf(250, 100, 250, 100)).toEqual([
      [2, 'opened'],
      [3, 'healed'],
      [4, 'reopened'],
    ]);
  });

  it('is not known of a run that may get more chambers', () => {
    expect(ledgerAfter(250, null)).toEqual([]);
    expect(ledgerAfter(250, 100, null)).toMatchObject([{ phase: 'open', lastRun: 2 }]);
  });

  describe('that falls further is loud again at once, whatever was said of it', () => {
    /** Runs with so many judged chambers, of which the second is a fall that is acknowledged. */
    const played = (fall: number, ...judged: number[]) => {
      const acknowledged = {
        ...{ id: 'a', actor: 'bo', incident: -1, run: 2, at: run(2, []).at },
        act: { action: 'acknowledge' as const },
        anchor: { chamber: wholeDetector, spans: [], firstRun: 2 },
      };
      return play(runsWith(250, fall, ...judged), undefined, [acknowledged]);
    };
    const after = (...judged: [number, ...number[]]) => played(...judged).states.at(-1)!.ledger.tracks;

    it.each([
      [249, 50, 'from 1 to 200 chambers lost'],
      [249, 248, 'from 1 to 2 chambers lost'],
      [240, 100, 'from 10 to 150 chambers lost'],
      [224, 221, 'from 26 to 29 chambers lost'],
    ])('from %d judged to %d', (fall, further, comment) => {
      expect(after(fall, fall, fall)).toMatchObject([{ acknowledgedBy: 'bo' }]);
      for (const judged of [[further], [fall, further], [fall, fall, fall, further]]) {
        expect(after(fall, ...judged)).toMatchObject([{ acknowledgedBy: null, change: 'grown' }]);
        expect(played(fall, ...judged).effects.changes.at(-1)).toMatchObject({ change: 'grown', comment });
      }
    });

    it('but not when it comes back in part, or as far as it was, or by a tenth less', () => {
      expect(after(224, 240, 224, 222, 224)).toMatchObject([{ acknowledgedBy: 'bo' }]);
    });

    describe('by one chamber for another', () => {
      const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
      const sector = (number: number) => `W0_St1_Sec${number}`;
      /** Runs in which these chambers, by sector, are not judged; the second is acknowledged. */
      const without = (...sectors: number[][]) => {
        const runs = sectors.map((gone, at) => ({
          ...run(at + 1, []),
          judged: 250 - gone.length,
          blind: new Map(gone.map((each) => [sector(each), all])),
        }));
        const acknowledged = {
          ...{ id: 'a', actor: 'bo', incident: -1, run: 2, at: run(2, []).at },
          act: { action: 'acknowledge' as const },
          anchor: { chamber: wholeDetector, spans: [], firstRun: 2 },
        };
        const { states, effects } = play(runs, undefined, [acknowledged]);
        return { tracks: states.at(-1)!.ledger.tracks, effects };
      };

      it('is loud, and says which', () => {
        const { tracks, effects } = without([], [1], [1], [2]);
        expect(tracks).toMatchObject([{ acknowledgedBy: null, change: 'grown' }]);
        expect(effects.changes.at(-1)).toMatchObject({
          change: 'grown',
          comment: 'not judged beside those answered for: W0 MB1 S02',
        });
        expect(without([], [1], [2, 3, 4, 5]).effects.changes.at(-1)).toMatchObject({
          comment: 'not judged beside those answered for: W0 MB1 S02, W0 MB1 S03, W0 MB1 S04, 1 more',
        });
        expect(without([], [1, 2, 3], [3, 4]).tracks).toMatchObject([{ acknowledgedBy: null }]);
      });

      it('is quiet while those answered for come back and go again', () => {
        expect(without([], [1, 2, 3], [3], [1, 2]).tracks).toMatchObject([{ acknowledgedBy: 'bo' }]);
      });

      it('is quiet where it is less than a tenth of them', () => {
        const many = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
        expect(without([], many, [...many.slice(1), 12]).tracks).toMatchObject([{ acknowledgedBy: 'bo' }]);
      });
    });

    it('from what was lost when somebody answered, and not when it began', () => {
      const acknowledged = {
        ...{ id: 'a', actor: 'bo', incident: -1, run: 5, at: run(5, []).at },
        act: { action: 'acknowledge' as const },
        anchor: { chamber: wholeDetector, spans: [], firstRun: 2 },
      };
      const runs = runsWith(250, 249, 248, 248, 247, 247);
      const { states } = play(runs, undefined, [acknowledged]);
      expect(states.at(-1)!.ledger.tracks).toMatchObject([{ acknowledgedBy: 'bo', change: null }]);
    });
  });
});
