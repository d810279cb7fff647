import { afterEach, expect, test } from 'vitest';
import { allChambers, formatChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import { checkRunScript, lumisectionSeconds } from '@dtdqm/simulator/detector';
import type { Rule } from '@dtdqm/simulator/server';
import { RunsInProgress } from '@dtdqm/simulator/sources';
import { sumOfBoth } from '@dtdqm/worker/pipeline/snapshots';
import { unpackMatrix } from '@dtdqm/worker/storage/packedMatrix';
import { simulateTime, type SimulatedTime } from './simulatedTime.ts';

const run = 380_011;
const chambers = allChambers.filter(({ wheel, station }) => wheel === 2 && station === 1);
const many = allChambers.filter(({ wheel, station }) => wheel === 2 && station < 3);
const tripped: ChamberId = { wheel: 2, station: 1, sector: 4 };
/** Lumisection in which layer 9 trips. */
const trip = 30;

let time: SimulatedTime;
let truth: RunsInProgress;
/** Milliseconds since the test began: the run stands still while somebody looks, however long that takes. */
let passed: number;
afterEach(() => time.close());

/** A run that began 10 lumisections ago, of which a server with plots of single lumisections, or without, is asked. */
async function start({
  perLumisection = true,
  notSaved = [] as number[],
  rules = [] as Rule[],
  dialect = 'new' as 'new' | 'classic',
  of = chambers,
} = {}) {
  const base = Date.now();
  passed = 0;
  const script = checkRunScript({
    lumisections: 2000,
    faults: [{ chamber: formatChamber(tripped), layers: [9], from: (trip - 0.5) * lumisectionSeconds }],
  });
  const settings = { runs: [{ run, startedAt: base - 10.5 * lumisectionSeconds * 1000, script }] };
  time = await simulateTime(
    () => {
      const now = () => base + passed;
      truth = new RunsInProgress({ ...settings, now, perLumisection: true });
      return new RunsInProgress({ ...settings, now, perLumisection, notSaved });
    },
    { chambers: of, rules, dialect },
  );
  await time.liveUntil(time.at());
}

/** What a chamber counted in the lumisections after one, up to another one. */
function countedIn(chamber: ChamberId, after: number, upTo: number): Matrix {
  const parts = Array.from({ length: upTo - after }, (_, index) =>
    truth.lumisection!(run, chamber, after + 1 + index)!,
  );
  return parts.reduce(sumOfBoth);
}

const requests = () => time.simulator.requests().total;

/** Nobody looks for so many lumisections, then somebody does. */
async function missFor(lumisections: number): Promise<number> {
  const seconds = Math.ceil(lumisections * lumisectionSeconds);
  await time.beAway(seconds);
  passed += seconds * 1000;
  const before = requests();
  await time.liveUntil(time.at());
  return requests() - before;
}

async function looks() {
  const { rows } = await time.database.query<{
    lumisection: number;
    filled: string | null;
    gap: string | null;
  }>('select lumisection, filled, gap from run_look where run = $1 order by look', [run]);
  return rows;
}

async function changes() {
  const { rows } = await time.database.query<{
    chamber: string;
    kind: string;
    layers: number[];
    from: number;
    to: number;
  }>(
    'select chamber, kind, layers, from_lumisection as from, to_lumisection as to from reporting.run_changes where run = $1 order by change',
    [run],
  );
  return rows;
}

async function slicesOf({ wheel, station, sector }: ChamberId) {
  const { rows } = await time.database.query<{ counts: Buffer; from: number | null; to: number }>(
    `select s.counts, f.lumisection as from, t.lumisection as to from chamber_slice s
     join run_look t using (run, look) left join run_look f on (f.run, f.look) = (s.run, s.from_look)
     where s.run = $1 and (wheel, station, sector) = ($2, $3, $4) order by s.look`,
    [run, wheel, station, sector],
  );
  return rows.map(({ counts, ...span }) => ({ ...span, matrix: unpackMatrix(counts) }));
}

/** Each slice holds what was counted in its lumisections, and they are all from the first to the last. */
async function expectTrue(chamber: ChamberId): Promise<void> {
  const slices = await slicesOf(chamber);
  for (const { from, to, matrix } of slices) expect(matrix).toEqual(countedIn(chamber, from ?? 0, to));
  const ends = slices.map(({ to }) => to);
  expect(slices.map(({ from }) => from ?? 0)).toEqual([0, ...ends.slice(0, -1)]);
  expect(ends.at(-1)).toBe((await looks()).at(-1)!.lumisection);
}

test('looks that were missed are filled in from plots of lumisections: a trip while nobody looked is told with its lumisection', async () => {
  await start();
  for (let look = 0; look < 6; look += 1) await missFor(2);
  // The monitor was started when the run had been in progress for 10 lumisections.
  expect((await looks()).slice(0, 5).map(({ lumisection, filled }) => [lumisection, filled])).toEqual([
    [2, 'all'],
    [4, 'all'],
    [6, 'all'],
    [8, 'all'],
    [10, null],
  ]);
  expect(await looks()).toHaveLength(11);
  const asked = await missFor(20);
  // Of all chambers 20 lumisections, and what a look costs.
  expect(asked).toBeLessThanOrEqual(chambers.length * 21 + 10);
  const all = await looks();
  expect(all.filter(({ filled }) => filled === 'all')).toHaveLength(4 + 9);
  expect(all.at(-1)!.gap).toMatch(
    /^lumisections \d+ to \d+ are told apart in 12 chambers by plots of their own$/,
  );
  const [told] = await changes();
  expect(told).toMatchObject({ chamber: 'W+2 MB1 S04', kind: 'trip', layers: [9] });
  expect(told!.to - told!.from).toBeLessThanOrEqual(8);
  expect(told!.from).toBeLessThanOrEqual(trip);
  expect(told!.to).toBeGreaterThanOrEqual(trip);
  await expectTrue(tripped);
  await expectTrue(chambers[5]!);
});

test('a server without them is asked once whether it has any, and the long slice tells what it can', async () => {
  await start({ perLumisection: false });
  for (let look = 0; look < 6; look += 1) await missFor(2);
  expect(await missFor(20)).toBeLessThanOrEqual(chambers.length + 12);
  const all = await looks();
  expect(all.every(({ filled, gap }) => filled === null && gap === null)).toBe(true);
  const [told] = await changes();
  expect(told).toMatchObject({ kind: 'trip', layers: [9] });
  expect(told!.to - told!.from).toBeGreaterThan(15);
});

test('where some are missing the time between them stays one slice, that is said, and no hit is lost or counted twice', async () => {
  await start({ notSaved: [24, 28] });
  for (let look = 0; look < 4; look += 1) await missFor(2);
  await missFor(20);
  const all = await looks();
  expect(all.at(-1)!.gap).toMatch(/2 of them have none, or were not asked for: 24, 28$/);
  for (const chamber of [chambers[0]!, chambers[5]!]) {
    await expectTrue(chamber);
    const slices = await slicesOf(chamber);
    // Nothing is said to begin or end where it is not known.
    for (const { to } of slices) expect(to < 24 || to >= 28).toBe(true);
    expect(slices.filter(({ to }) => to > 18).length).toBeGreaterThanOrEqual(7);
  }
});

test('hits before a restart that no snapshot showed are had from them', async () => {
  await start({ rules: [{ action: { do: 'restart', afterFetches: 5 } }] });
  for (let look = 0; look < 12; look += 1) await missFor(2);
  const all = await looks();
  expect(all.filter(({ filled }) => filled !== null).length).toBeGreaterThan(0);
  await expectTrue(chambers[0]!);
  await expectTrue(chambers[5]!);
  expect((await slicesOf(chambers[0]!)).length).toBeGreaterThan(8);
});

test('of long times that were missed only chambers in which something changed are asked for, and some beside them', async () => {
  await start({ of: many });
  for (let look = 0; look < 6; look += 1) await missFor(2);
  const asked = await missFor(90);
  expect(asked).toBeGreaterThan(13 * 80);
  expect(asked).toBeLessThanOrEqual(13 * 90 + many.length + 12);
  const all = await looks();
  expect(all.filter(({ filled }) => filled === 'part').length).toBeGreaterThan(40);
  expect(all.at(-1)!.gap).toMatch(/are told apart in 13 chambers by plots of their own$/);
  await expectTrue(tripped);
  await expectTrue(many.at(-1)!);
  // Hits of all chambers by time are told by looks at all of them only.
  const { rows } = await time.database.query<{ lumisection: number; hits: number }>(
    `select lumisection, sum(hits) over (order by look)::integer as hits from reporting.looks where run = $1 order by look desc limit 1`,
    [run],
  );
  const counted = many.flatMap((chamber) => countedIn(chamber, 0, rows[0]!.lumisection).flat());
  const inParts = all.filter(({ filled }) => filled === 'part').length;
  expect(all.length - inParts).toBe(12);
  expect(rows[0]!.hits).toBeLessThanOrEqual(counted.reduce((sum, hits) => sum + Math.max(0, hits), 0));
});

test('polls in time, and the classic server, are asked for none', async () => {
  await start({ dialect: 'classic' });
  for (let look = 0; look < 3; look += 1) await missFor(2);
  await missFor(20);
  expect((await looks()).every(({ filled }) => filled === null)).toBe(true);
});
