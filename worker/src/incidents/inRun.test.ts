import { formatChamber, noWire, rowsPerChamber, type RunSpan } from '@dtdqm/contract';
import { describe, expect, it } from 'vitest';
import { findingsInRun, inWords, type ChangeInRun } from './inRun.ts';
import { finding, layer9, play, run, tracksAfter } from './toy.fixture.ts';
import type { InRun } from './track.ts';

const chamber = { wheel: 0, station: 1, sector: 1 } as const;
const matrix = Array.from({ length: rowsPerChamber }, (_, row) =>
  Array.from({ length: 50 }, (_, x) => (x < (row % 4 === 3 ? 48 : 49) ? 10 : noWire)),
);
const between = (from: string, to: string, first = 311, last = 314): RunSpan => ({
  from: { at: `2026-06-01T${from}:00.000Z`, lumisection: first },
  to: { at: `2026-06-01T${to}:00.000Z`, lumisection: last },
});
const change = (
  kind: ChangeInRun['kind'],
  happened: RunSpan,
  more: Partial<ChangeInRun> = {},
): ChangeInRun => ({ kind, layers: [9], wires: null, ratio: 0, happened, ...more });
const trip = change('trip', between('14:02', '14:03'));
const back = change('recovery', between('14:40', '14:41', 410, 412), { ratio: 1 });
const found = (...changes: ChangeInRun[]) => findingsInRun(chamber, matrix, changes);

describe('changes inside a run become findings of it', () => {
  it('a loss that stands, from when it began', () => {
    expect(found(trip)).toMatchObject([
      {
        kind: 'dead-layer',
        spans: [{ layer: 9, first: 1, last: 49 }],
        extent: 'whole',
        note: 'tripped between 14:02 and 14:03 UTC, lumisection 311 to 314',
        inRun: { began: trip.happened, ended: null },
      },
    ]);
  });

  it('one that recovered: it happened', () => {
    expect(found(trip, back)).toMatchObject([{ inRun: { began: trip.happened, ended: back.happened } }]);
  });

  it('a second loss of the same place that stands, beside the first', () => {
    const again = change('trip', between('15:00', '15:01'));
    expect(found(trip, back, again)).toMatchObject([
      { inRun: { ended: back.happened } },
      { inRun: { ended: null } },
    ]);
  });

  it('one that was told as a trip and turned out to sink, as one that sank, from when it began', () => {
    const sink = change('sink', between('14:02', '14:30'), { ratio: 0.3 });
    const found = findingsInRun(chamber, matrix, [{ ...trip, ratio: 0.7 }, sink]);
    expect(found).toMatchObject([{ ratio: 0.3, inRun: { began: trip.happened, ended: null, how: 'sank' } }]);
    const shows = [{ ...trip, ratio: 0.7 }, sink].map((_, last, all) =>
      findingsInRun(chamber, matrix, all.slice(0, last + 1)),
    );
    expect(shows.map(([first]) => first!.spans)).toEqual([
      [{ layer: 9, first: 1, last: 49 }],
      found[0]!.spans,
    ]);
    expect(shows.map((show) => changesOf(show).length)).toEqual([1, 1]);
  });

  it('nothing of hits that came back of what was lost before the run', () => {
    expect(found(back)).toEqual([]);
  });

  it('comings and goings as one, that flickers', () => {
    const again = change('trip', between('15:00', '15:01'));
    const flicker = change('flicker', between('14:02', '15:10'), { ratio: 1 });
    expect(found(trip, back, again, flicker)).toMatchObject([
      {
        ratio: 0,
        note: 'came and went between 14:02 and 15:10 UTC, lumisection 311 to 314',
        inRun: { how: 'flickers' },
      },
    ]);
  });

  it('by the names of what the detector would see', () => {
    const kinds = (more: Partial<ChangeInRun>) =>
      found({ ...trip, ...more }).map(({ kind, extent }) => [kind, extent]);
    expect(kinds({ ratio: 0.5 })).toEqual([['weak-layer', 'whole']]);
    expect(kinds({ wires: { first: 1, last: 24 } })).toEqual([['dead-half', 'half']]);
    expect(kinds({ layers: [5, 6, 7, 8], wires: { first: 17, last: 20 } })).toEqual([
      ['dead-region', 'part'],
    ]);
    expect(kinds({ layers: [5, 6, 7, 8], ratio: 0.4 })).toEqual([['weak-superlayer', 'whole']]);
    expect(kinds({ layers: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] })).toEqual([['dead-chamber', 'whole']]);
  });

  it('says what is known of the time, and no more', () => {
    const of = (began: RunSpan) => inWords({ began, ended: null, how: 'tripped' });
    const { to } = trip.happened;
    expect(of({ from: null, to })).toBe('tripped before 14:03 UTC, lumisection 314');
    expect(of({ from: to, to: { ...to, lumisection: null } })).toBe('tripped at 14:03 UTC');
  });
});

const inRun = (more: Partial<InRun> = {}): InRun => ({
  began: trip.happened,
  ended: null,
  how: 'tripped',
  ...more,
});
const tripped = [finding(layer9, { inRun: inRun(), confidence: 0.99 })];
const seen = [finding(layer9)];
const changesOf = (...shows: Parameters<typeof run>[1][]) =>
  play(shows.map((findings, at) => run(at + 1, findings))).effects.changes.map((each) => [
    each.run,
    each.change,
    each.comment,
  ]);

describe('an incident that began inside a run', () => {
  it('opens with that run, without another to confirm it, and is the same in the runs after it', () => {
    const shows = [tripped, seen, seen].map((findings, at) => run(at + 1, findings));
    expect(tracksAfter(shows)).toMatchObject([
      { phase: 'open', firstRun: 1, openedRun: 1, lastRun: 3, began: trip.happened, sightings: 3 },
    ]);
    expect(play(shows).effects.changes).toHaveLength(1);
    expect(changesOf(tripped)).toEqual([
      [1, 'opened', 'tripped between 14:02 and 14:03 UTC, lumisection 311 to 314'],
    ]);
  });

  it('is one with what the whole run shows at the same place', () => {
    const cumulative = finding(layer9, { kind: 'weak-region', ratio: 0.6 });
    expect(tracksAfter([run(1, [cumulative, ...tripped])])).toMatchObject([
      { openedRun: 1, began: trip.happened },
    ]);
  });

  it('heals in the run in which its hits came back, and opens again when it goes again', () => {
    const over = [finding(layer9, { inRun: inRun({ ended: back.happened }) })];
    expect(tracksAfter([run(1, over)])).toMatchObject([
      {
        phase: 'healed',
        openedRun: 1,
        healedRun: 1,
        began: trip.happened,
        ended: back.happened,
        healedAt: back.happened.to.at,
      },
    ]);
    expect(changesOf(over, [], tripped).map(([at, what]) => [at, what])).toEqual([
      [1, 'opened'],
      [1, 'healed'],
      [3, 'reopened'],
    ]);
    expect(changesOf(over)[1]![2]).toBe('hits came back between 14:40 and 14:41 UTC, lumisection 410 to 412');
  });

  it('stands while a part of it has not come back', () => {
    const other = finding([{ layer: 9, first: 12, last: 22 }], { inRun: inRun() });
    const over = finding(layer9, { inRun: inRun({ ended: back.happened }) });
    expect(tracksAfter([run(1, [over, other])])).toMatchObject([{ phase: 'open' }]);
    expect(tracksAfter([run(1, [over, finding([{ layer: 9, first: 12, last: 22 }])])])).toMatchObject([
      { phase: 'healed' },
    ]);
  });

  it('that flickers in it stays, and says so', () => {
    const flickers = [finding(layer9, { inRun: inRun({ ended: back.happened, how: 'flickers' }) })];
    expect(tracksAfter([run(1, flickers)])).toMatchObject([{ phase: 'open', latest: { flickers: true } }]);
    expect(tracksAfter([run(1, flickers), ...[2, 3, 4, 5, 6].map((at) => run(at, []))])).toMatchObject([
      { phase: 'open' },
    ]);
  });

  it('is not healed by hits that came back in a run, when the run before had it, too', () => {
    const over = finding(layer9, { inRun: inRun({ ended: back.happened }) });
    expect(tracksAfter([run(1, seen), run(2, seen), run(3, [over])])).toMatchObject([{ phase: 'open' }]);
  });

  it('and was known before keeps its beginning, which is not known', () => {
    expect(tracksAfter([run(1, seen), run(2, tripped)])).toMatchObject([
      { phase: 'open', firstRun: 1, openedRun: 2, began: null },
    ]);
  });

  describe('and was answered', () => {
    const board = [9, 10, 11, 12].map((layer) => ({ layer, first: 10, last: 20 }));
    const acknowledged = (after: number) => ({
      ...{ id: 'a', actor: 'bo', incident: -1, run: after, at: run(after, []).at },
      act: { action: 'acknowledge' as const },
      anchor: { chamber: formatChamber(chamber), spans: layer9, firstRun: 1 },
    });
    const after = (answered: number, ...shows: Parameters<typeof run>[1][]) =>
      play(
        shows.map((findings, index) => run(index + 1, findings)),
        undefined,
        [acknowledged(answered)],
      );
    const more = [finding(board, { inRun: inRun() })];

    it('stays so while it is what it was', () => {
      expect(after(1, tripped, seen, seen).states.at(-1)!.ledger.tracks).toMatchObject([
        { acknowledgedBy: 'bo' },
      ]);
    });

    it('is loud again when the same run, which goes on, has lost more since', () => {
      const { states, effects } = after(1, more);
      expect(states.at(-1)!.ledger.tracks).toMatchObject([{ acknowledgedBy: null, change: 'grown' }]);
      expect(effects.changes.at(-1)).toMatchObject({
        change: 'grown',
        comment: 'from 11 to 44 wires since bo answered',
      });
    });

    it('is loud again with the run in which more is lost, without another to confirm it', () => {
      expect(after(2, seen, seen, more).states.at(-1)!.ledger.tracks).toMatchObject([
        { acknowledgedBy: null, change: 'grown' },
      ]);
      expect(after(1, tripped, more).states.at(-1)!.ledger.tracks).toMatchObject([
        { acknowledgedBy: null, change: 'grown' },
      ]);
    });

    it('is measured from what it was then, however few runs had shown it', () => {
      const larger = [finding(board)];
      expect(after(1, tripped, larger, larger).states.at(-1)!.ledger.tracks).toMatchObject([
        { acknowledgedBy: null, change: 'grown' },
      ]);
    });
  });
});
