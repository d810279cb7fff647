import { afterEach, expect, test } from 'vitest';
import { allChambers, formatChamber, noWire, type ChamberId, type Matrix } from '@dtdqm/contract';
import type { Rule } from '@dtdqm/simulator/server';
import { SimulatedDetector, type HistogramSource } from '@dtdqm/simulator/sources';
import { matricesOf } from '@dtdqm/worker/storage/chambers';
import { getRun } from '@dtdqm/worker/storage/runs';
import { simulateTime, type SimulatedTime } from './simulatedTime.ts';

const hour = 3600;
const firstRun = 380_001;
/**
 * Hours between which each run takes hits, at one rate; it is listed when the first of them begin. Pauses last from six minutes to
 * four hours. The last run ends more than the six hours of silence before the day does.
 */
// prettier-ignore
const takes: readonly (readonly (readonly [from: number, to: number])[])[] = [
  [[0, 0.2], [2, 2.2]],
  [[3, 3.2], [3.3, 3.5]],
  // The source catches up with its end an hour after the next run has hits.
  [[5, 5.2], [7.5, 7.6]],
  [[6.5, 6.9], [8, 8.2]],
  [[10, 10.5]],
  [[10.7, 11], [15.4, 15.6]],
];
/** Hours between which the source, just restarted, has half the hits of one chamber and nothing of the others. */
const forgets = [6.7, 7.2] as const;
/** Hours between which its cache takes no notice of the age allowed. */
const ignoresAge = [10.02, 12] as const;
const times = [...takes.map((spans) => spans[0]?.[0] ?? 0), ...forgets, ...ignoresAge].map((at) => at * hour);

const chambers = allChambers.filter(({ sector, wheel }) => sector === 4 && wheel === 0).slice(0, 3);
const detector = new SimulatedDetector({ runs: takes.length, firstRun, faultRate: 0, lumisections: 50 });
const runs = detector.runs().map(({ run }) => run);
const wholes = new Map(
  runs.flatMap((run) => chambers.map((id) => [keyOf(run, id), detector.chamber(run, id)] as const)),
);

function keyOf(run: number, chamber: ChamberId): string {
  return `${run} ${formatChamber(chamber)}`;
}

const isWithin = (at: number, [from, to]: readonly [number, number]) => at >= from * hour && at < to * hour;

/** Share of all its hits that a run has at a second; a minute ahead of the listing, so that there is something when it is listed. */
function shareAt(run: number, at: number): number {
  const spans = takes[run - firstRun] ?? [];
  const taken = (until: number) =>
    spans.reduce(
      (sum, [from, to]) => sum + Math.min(Math.max(0, until - from * hour), (to - from) * hour),
      0,
    );
  return taken(at + 60) / taken(Infinity);
}

function shown(run: number, chamber: ChamberId, at: number): Matrix | undefined {
  const index = chambers.findIndex((each) => formatChamber(each) === formatChamber(chamber));
  // Chambers lag behind each other by two minutes.
  let share = shareAt(run, at - 120 * index);
  if (isWithin(at, forgets)) share *= index === 0 ? 0.5 : 0;
  if (share === 0) return undefined;
  const whole = wholes.get(keyOf(run, chamber));
  return whole?.map((row) => row.map((hits) => (hits === noWire ? noWire : Math.floor(hits * share))));
}

const sourceOfTheDay = (at: () => number): HistogramSource => ({
  runs: () => detector.runs().filter(({ run }) => at() >= (takes[run - firstRun]?.[0]?.[0] ?? 0) * hour),
  chamber: (run, chamber) => shown(run, chamber, at()),
});

const rulesAt = (at: number): Rule[] => [
  { probability: 0.3, path: 'samples', action: { do: 'odd-entries' } },
  { path: 'json/', action: { do: 'cache', ignoresAge: isWithin(at, ignoresAge) } },
];

let time: SimulatedTime;
afterEach(() => time.close());

/** Hits of each chamber that is stored, by {@link keyOf}. */
async function hitsStored(): Promise<Map<string, number>> {
  const { rows } = await time.database.query<ChamberId & { run: number; hits: number }>(
    `select run, wheel, station, sector, total_hits::integer as hits from chamber where state = 'present'`,
  );
  return new Map(rows.map(({ run, hits, ...chamber }) => [keyOf(run, chamber), hits]));
}

test('a day of six runs at a source that pauses, caches, restarts and lists odd entries: all are final with all their hits, and nothing stored ever falls', async () => {
  time = await simulateTime(sourceOfTheDay, { chambers, rules: rulesAt(0) });
  const { at, told, simulator, database } = time;
  let before = new Map<string, number>();
  let ignored = false;

  await time.liveUntil(24 * hour, times, async () => {
    if (isWithin(at(), ignoresAge) !== ignored) {
      ignored = !ignored;
      simulator.misbehaviour.replace(rulesAt(at()));
    }
    const stored = await hitsStored();
    const fallen = [...before].filter(([key, hits]) => (stored.get(key) ?? 0) < hits);
    expect(fallen).toEqual([]);
    before = stored;
  });

  for (const run of runs) {
    expect(await getRun(database, run)).toMatchObject({
      status: 'FINISHED',
      life: 'final',
      keptChambers: 0,
      coverage: null,
    });
    const had = await matricesOf(database, run);
    expect(new Map(had.map(({ matrix, ...chamber }) => [keyOf(run, chamber), matrix]))).toEqual(
      new Map(chambers.map((chamber) => [keyOf(run, chamber), wholes.get(keyOf(run, chamber))])),
    );
  }
  // It was such a day: two runs had been taken for over, and the restart was noticed.
  expect([...told.reopened.keys()]).toEqual([firstRun + 2, firstRun + 4]);
  const { rowCount } = await database.query('select from coverage_incident where closed_at is not null');
  expect(rowCount).toBeGreaterThan(0);
});
