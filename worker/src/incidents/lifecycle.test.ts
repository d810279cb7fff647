import { describe, expect, it } from 'vitest';
import { applyRun } from './lifecycle.ts';
import { f, finding, layer9, play, run, sequence, start, trackOf, tracksAfter } from './toy.fixture.ts';
import type { Finding, Ledger, Track } from './track.ts';

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

/** Of 40 wires, so many lost. */
const losing = (lost: number) => [
  finding([{ layer: 9, first: 1, last: 40 }], { kind: 'weak-region', ratio: 1 - lost / 40 }),
];
const none: readonly Finding[] = [];
const times = <T>(count: number, value: T) => Array.from({ length: count }, () => value);
const changesOf = (...shows: (readonly Finding[])[]) =>
  play(sequence(...shows)).effects.changes.map(({ run: at, change, comment }) => [at, change, comment]);
/** The ledger as it is, with its only fault changed, and the runs that follow. */
const follow = (tracks: readonly Track[], ...shows: (readonly Finding[])[]) =>
  play(
    shows.map((findings, at) => run(at + 101, findings)),
    { ...start, run: 100, ledger: { run: 100, tracks: [...tracks], judged: [] } },
  );
const after = (tracks: readonly Track[], ...shows: (readonly Finding[])[]): Track[] =>
  follow(tracks, ...shows).states.at(-1)!.ledger.tracks;

describe('opening', () => {
  it('takes two sightings in three runs, also with a miss between', () => {
    expect(tracksAfter(sequence(f))).toEqual([]);
    const opened = { phase: 'open', openedRun: 2, openedAt: run(2, []).at, change: 'new', sightings: 2 };
    expect(tracksAfter(sequence(f, f))).toMatchObject([opened]);
    expect(play(sequence(f, none, f)).effects.sightings.map(({ run: at }) => at)).toEqual([1, 3]);
    expect(changesOf(f, none, f)).toEqual([[3, 'opened', '']]);
  });

  it('is said of three runs', () => {
    const changes = [2, 3, 4, 5].map((length) => tracksAfter(sequence(...times(length, f)))[0]?.change);
    expect(changes).toEqual(['new', 'new', 'new', null]);
  });

  it('leaves the ledger that was passed as it is', () => {
    const before: Ledger = { run: 1, tracks: [trackOf(layer9)], judged: [] };
    const copy = structuredClone(before);
    applyRun(before, run(2, []), () => 1);
    expect(before).toEqual(copy);
  });

  it('is for each chamber by itself', () => {
    const twoChambers = {
      ...run(1, f),
      findings: new Map([['W1_St4_Sec9', f] as const, ['W0_St1_Sec1', f] as const]),
    };
    const { ledger } = applyRun({ run: 0, tracks: [], judged: [] }, twoChambers, () => 1);
    expect(ledger.tracks.map(({ chamber }) => chamber)).toEqual(['W0_St1_Sec1', 'W1_St4_Sec9']);
    expect(applyRun(ledger, { ...twoChambers, run: 2 }, () => 1).ledger.tracks).toMatchObject([
      { phase: 'open', sightings: 2 },
      { phase: 'open', sightings: 2 },
    ]);
  });
});

describe('healing', () => {
  it('says when, and takes back acknowledgement and change, but neither shelf nor known-bad', () => {
    const shelf = { by: 'a', owner: 'b', reason: 'c', until: 'd' };
    const said = trackOf(layer9, {
      acknowledgedBy: 'bo',
      shelf,
      knownBad: true,
      change: 'grown',
      changeAge: -9,
    });
    const { states, effects } = follow([said], none, none, none);
    expect(states.at(-1)?.ledger.tracks).toMatchObject([
      {
        phase: 'healed',
        healedRun: 103,
        healedAt: run(103, []).at,
        change: null,
        acknowledgedBy: null,
        shelf,
        knownBad: true,
      },
    ]);
    expect(effects.changes).toEqual([
      { id: 1, run: 103, at: run(103, []).at, change: 'healed', comment: 'last seen in run 1' },
    ]);
  });

  it('takes six misses when it has paused twice, three when once', () => {
    const twice = [f, f, none, f, none, f];
    expect(tracksAfter(sequence(...twice, ...times(5, none)))).toMatchObject([{ phase: 'open' }]);
    expect(tracksAfter(sequence(...twice, ...times(6, none)))).toMatchObject([{ healedRun: 12 }]);
    expect(tracksAfter(sequence(f, f, none, f, none, none, none))).toMatchObject([{ healedRun: 7 }]);
  });

  it('forgets pauses that are more than twelve runs past', () => {
    const paused = [f, f, none, f, none, f];
    expect(tracksAfter(sequence(...paused, ...times(9, f), ...times(3, none)))).toMatchObject([
      { phase: 'healed' },
    ]);
    expect(tracksAfter(sequence(...paused, ...times(4, f), ...times(3, none)))).toMatchObject([
      { phase: 'open' },
    ]);
  });

  it('counts misses in a row only', () => {
    expect(tracksAfter(sequence(f, f, none, none, f, none, none))).toMatchObject([{ phase: 'open' }]);
  });
});

describe('coming back', () => {
  const healed = [f, f, none, none, none];

  it('takes two sightings in three runs again, and is said of the same incident', () => {
    expect(tracksAfter(sequence(...healed, f))).toMatchObject([{ phase: 'healed', lastRun: 2 }]);
    expect(tracksAfter(sequence(...healed, f, none, f))).toMatchObject([
      {
        phase: 'open',
        healedRun: null,
        healedAt: null,
        firstRun: 1,
        openedRun: 2,
        lastRun: 8,
        sightings: 4,
        change: null,
      },
    ]);
    expect(changesOf(...healed, f, none, f)).toEqual([
      [2, 'opened', ''],
      [5, 'healed', 'last seen in run 2'],
      [8, 'reopened', ''],
    ]);
  });

  it('does not count a sighting that no other confirmed', () => {
    const { effects } = play(sequence(...healed, f, none, none, f, f));
    expect(effects.sightings.map(({ run: at }) => at)).toEqual([1, 2, 9, 10]);
  });

  it('is another incident after ten runs that could have shown it', () => {
    const pause = (length: number) => play(sequence(...healed, ...times(length, none), f, f)).effects;
    expect(pause(8).changes.map(({ change }) => change)).toEqual(['opened', 'healed', 'reopened']);
    expect(pause(8).finished).toEqual([]);
    expect(pause(10).changes.map(({ change }) => change)).toEqual(['opened', 'healed', 'opened']);
    expect(pause(10).finished).toMatchObject([{ phase: 'healed', sinceHealed: 10 }]);
  });

  it('is the same however late while it is known to be bad', () => {
    const known = trackOf(layer9, { phase: 'healed', healedRun: 90, healedAt: '', knownBad: true });
    expect(after([known], ...times(30, none), f, f)).toMatchObject([
      { phase: 'open', id: 1, knownBad: true },
    ]);
  });

  it('heals anew by three misses of its own', () => {
    expect(changesOf(...healed, f, f, none, none, none).at(-1)).toEqual([10, 'healed', 'last seen in run 7']);
    expect(tracksAfter(sequence(...healed, f, f, none, none, none))).toMatchObject([{ sinceHealed: 0 }]);
  });
});

describe('growth', () => {
  const grows = (from: number, to: number) =>
    changesOf(...times(3, losing(from)), ...times(3, losing(to))).slice(1);

  it('is told from half as much again, and from four wires', () => {
    expect(grows(20, 30)).toEqual([[5, 'grown', 'from 20 to 30 wires lost']]);
    expect(grows(20, 29)).toEqual([]);
    expect(grows(8, 12)).toEqual([[5, 'grown', 'from 8 to 12 wires lost']]);
    expect(grows(4, 7)).toEqual([]);
  });

  it('is shrinking the other way round', () => {
    expect(grows(30, 20)).toEqual([[5, 'shrunk', 'from 30 to 20 wires lost']]);
    expect(grows(30, 21)).toEqual([]);
    expect(grows(12, 8)).toEqual([[5, 'shrunk', 'from 12 to 8 wires lost']]);
    expect(grows(7, 4)).toEqual([]);
  });

  it('is not believed of one odd run', () => {
    expect(changesOf(...times(3, losing(10)), losing(40), ...times(3, losing(10))).slice(1)).toEqual([]);
    expect(changesOf(...times(3, losing(30)), losing(5), ...times(3, losing(30))).slice(1)).toEqual([]);
  });

  it('is measured from the last time that it was told, and from the greatest of the first two runs', () => {
    const twice = [...times(3, losing(10)), ...times(3, losing(16)), ...times(3, losing(24))];
    expect(changesOf(...twice).slice(1)).toEqual([
      [5, 'grown', 'from 10 to 16 wires lost'],
      [8, 'grown', 'from 16 to 24 wires lost'],
    ]);
    expect(changesOf(losing(10), losing(20), ...times(3, losing(20))).slice(1)).toEqual([]);
  });

  it('takes back what people said, and is said at once and for three runs', () => {
    const shelf = { by: 'a', owner: 'b', reason: 'c', until: 'd' };
    const said = { acknowledgedBy: 'bo', knownBad: true, shelf };
    const seen = after([trackOf([{ layer: 9, first: 1, last: 40 }])], ...times(4, losing(10)));
    const known = seen.map((track) => ({ ...track, ...said, change: null }));
    const grown = (count: number) => after(known, ...times(count, losing(30)))[0];
    expect(grown(1)).toMatchObject({ ...said, change: null });
    expect(grown(2)).toMatchObject({
      change: 'grown',
      changeAge: 0,
      acknowledgedBy: null,
      knownBad: false,
      shelf,
      reference: 30,
      stated: { lost: 30 },
    });
    expect([3, 4, 5].map((count) => grown(count)?.change)).toEqual(['grown', 'grown', null]);
    expect(after(known, ...times(2, losing(5)))).toMatchObject([{ ...said, change: 'shrunk' }]);
  });
});

describe('what is told of a fault', () => {
  it('follows it along its layer at once, and to another layer, hardware or severity after three runs', () => {
    const seen = tracksAfter(sequence(f, f, f));
    const told = (...shows: (readonly Finding[])[]) => after(seen, ...shows)[0]?.stated;
    const moved = finding([{ layer: 9, first: 12, last: 22 }]);
    expect(told([moved])?.spans).toEqual(moved.spans);
    const wider = finding([...layer9, { layer: 10, first: 10, last: 20 }]);
    expect(told([wider])?.spans).toEqual(layer9);
    const half = finding(layer9, { extent: 'half' });
    expect([told([half], [half])?.extent, told([half], [half], [half])?.extent]).toEqual(['part', 'half']);
    const milder = finding(layer9, { ratio: 0.3 });
    expect([told([milder], [milder])?.lost, told([milder], [milder], [milder])?.lost]).toEqual([
      11,
      11 * (1 - 0.3),
    ]);
    expect(told([half], [wider], [half])?.extent).toBe('part');
  });

  it('is the newest sighting once it opens', () => {
    const named = [finding(layer9, { kind: 'weak-region' })];
    expect(tracksAfter(sequence(f, named))).toMatchObject([{ stated: { kind: 'weak-region' } }]);
  });

  it('is what the surest of its findings says, with the greatest score', () => {
    const [track] = after(
      [trackOf(layer9)],
      [
        finding(layer9, { confidence: 0.5, score: 0.99, ratio: 0.2, note: 'unsure' }),
        finding(layer9, { confidence: 0.8, score: null }),
      ],
    );
    expect(track?.latest).toMatchObject({ confidence: 0.9 - 0.1, score: 0.99, model: 'toy@1.0.0' });
    expect(track?.lastRun).toBe(101);
  });
});

describe('a fault that a greater one hides', () => {
  const great: Finding[] = [finding([{ layer: 9, first: 1, last: 40 }])];
  const place = [{ layer: 9, first: 1, last: 40 }];
  /** Three quarters of it lie inside the greater one, which the finding therefore is rather. */
  const inside = [
    { layer: 9, first: 1, last: 18 },
    { layer: 10, first: 1, last: 6 },
  ];
  const hidden = (small: Partial<Track> = {}, big: Partial<Track> = {}) => [
    trackOf(place, { id: 2, firstRun: 50, ...big }),
    trackOf(inside, { id: 1, firstRun: 60, ...small }),
  ];

  it('is neither seen nor missed, and part of it after five runs', () => {
    expect(after(hidden(), ...times(4, great))).toMatchObject([
      { id: 2, phase: 'open' },
      { id: 1, phase: 'open', covered: 4, recent: [true], lastRun: 60 },
    ]);
    const { states, effects } = follow(hidden({ firstRun: 40 }, {}), ...times(5, great));
    expect(states.at(-1)?.ledger.tracks).toMatchObject([{ id: 2, firstRun: 40, sightings: 6 }]);
    expect(effects.merged).toEqual([{ id: 1, into: 2, run: 105 }]);
    expect(effects.finished).toMatchObject([{ id: 1 }]);
    expect(effects.changes.filter(({ id }) => id === 1)).toEqual([
      {
        id: 1,
        run: 105,
        at: run(105, []).at,
        change: 'absorbed',
        comment: 'is now part of incident',
        other: 2,
      },
    ]);
  });

  it('starts anew to be hidden once a run has shown it', () => {
    const shown = [finding(inside)];
    const tracks = after(hidden(), ...times(4, great), shown, ...times(4, great));
    expect(tracks.map(({ id }) => id).sort()).toEqual([1, 2]);
  });

  it('keeps a life of its own when it is known to be bad or has healed, or the greater is not open or of another size', () => {
    const ids = (tracks: Track[], ...shows: (readonly Finding[])[]) =>
      after(tracks, ...shows)
        .map(({ id }) => id)
        .sort();
    expect(ids(hidden({ knownBad: true }), ...times(9, great))).toEqual([1, 2]);
    expect(ids(hidden({ phase: 'healed' }), ...times(9, great))).toEqual([1, 2]);
    const cell = [{ layer: 9, first: 1, last: 8 }];
    expect(ids(hidden({ spans: cell }), ...times(9, great))).toEqual([1, 2]);
  });

  it('is forgotten when nobody has been told of it', () => {
    const candidate = { phase: 'candidate' as const, id: 0 };
    expect(after(hidden(candidate), ...times(4, great))).toHaveLength(2);
    const { states, effects } = follow(hidden(candidate), ...times(5, great));
    expect(states.at(-1)?.ledger.tracks).toMatchObject([{ id: 2 }]);
    expect([effects.merged, effects.finished]).toEqual([[], []]);
  });
});

describe('a run that cannot judge', () => {
  const spans = [9, 10].map((layer) => ({ layer, first: 1, last: 10 }));
  const afterBlind = (track: Track, blind: readonly number[]) =>
    applyRun({ run: 1, tracks: [track], judged: [] }, run(2, [], blind), () => 1).ledger.tracks[0]?.recent;

  it('says nothing of a fault of which it cannot see more than half', () => {
    expect(afterBlind(trackOf(spans), [9])).toEqual([true, false]);
    expect(afterBlind(trackOf([...spans, { layer: 11, first: 1, last: 1 }]), [9, 11])).toEqual([true]);
    expect(afterBlind(trackOf(spans), [9, 10, 11])).toEqual([true]);
    expect(afterBlind(trackOf(spans), [1, 2])).toEqual([true, false]);
  });
});
