import { afterEach, expect, test } from 'vitest';
import { allChambers, formatChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import type { HistogramSource } from '@dtdqm/simulator/sources';
import { SimulatedDetector } from '@dtdqm/simulator/sources';
import { hitsOf } from '@dtdqm/worker/pipeline/look';
import { matricesOf } from '@dtdqm/worker/storage/chambers';
import { getRun } from '@dtdqm/worker/storage/runs';
import { simulateTime, type SimulatedTime } from './simulatedTime.ts';

const run = 380_001;
/** Seconds that the run takes hits for; the next one begins a little later. */
const growsFor = 200;
const nextBegins = growsFor + 60;
const hour = 3600;
const chamber = { wheel: 0, station: 1, sector: 4 } as const;
/** A look at all 250 takes seconds on a busy machine. */
const chambers = allChambers.filter(({ sector, wheel }) => sector === 4 && wheel === 0);

const detector = new SimulatedDetector({ runs: 2, firstRun: run, faultRate: 0, lumisections: 257 });
const whole = new Map<string, Matrix>();
function wholeOf(number: number, id: ChamberId): Matrix | undefined {
  const key = `${number} ${formatChamber(id)}`;
  const matrix = whole.get(key) ?? detector.chamber(number, id);
  if (matrix) whole.set(key, matrix);
  return matrix;
}

/** Two runs after each other, whose hits come steadily. */
const growing = (at: () => number): HistogramSource => ({
  runs: () => detector.runs().filter((each) => each.run === run || at() >= nextBegins),
  chamber(number, id) {
    const begins = number === run ? -20 : nextBegins;
    const share = Math.min(1, Math.max(0, at() - begins) / (growsFor + (number === run ? 20 : 0)));
    return wholeOf(number, id)?.map((row) => row.map((hits) => (hits > 0 ? Math.floor(hits * share) : hits)));
  },
});

let time: SimulatedTime;
afterEach(() => time.close());

async function isWhole(number: number): Promise<boolean> {
  const had = await matricesOf(time.database, number);
  return (
    had.length === chambers.length &&
    had.every(({ matrix, ...id }) => JSON.stringify(matrix) === JSON.stringify(wholeOf(number, id)))
  );
}

async function hitsHad(): Promise<number> {
  const had = await matricesOf(time.database, run);
  return hitsOf(had.find((each) => formatChamber(each) === formatChamber(chamber))?.matrix ?? []);
}

test('a run that grows for 200 s behind the cache of the new server is had whole, and final only then', async () => {
  time = await simulateTime(growing, { chambers, rules: [{ action: { do: 'cache' } }] });
  await time.liveUntil(30);
  const most = hitsOf(wholeOf(run, chamber) ?? []);

  expect(await hitsHad()).toBeLessThan(most / 3);
  await time.liveUntil(hour, [nextBegins]);
  expect(await getRun(time.database, run)).toMatchObject({ status: 'FINISHED', life: 'final' });
  expect(await hitsHad()).toBe(most);
  expect(await isWhole(run)).toBe(true);
  expect(time.told.reopened.size).toBe(0);
});

test('a cache that takes no notice of the age allowed, for longer than runs settle, makes one final too early: it is reopened and had whole', async () => {
  time = await simulateTime(growing, {
    chambers,
    rules: [{ path: 'json/', action: { do: 'cache', ignoresAge: true } }],
  });
  const most = hitsOf(wholeOf(run, chamber) ?? []);
  await time.liveUntil(0.9 * hour, [nextBegins]);
  expect(await getRun(time.database, run)).toMatchObject({ life: 'final' });
  expect(await hitsHad()).toBeLessThan(most / 3);
  await time.liveUntil(4 * hour, [nextBegins]);
  expect(await getRun(time.database, run)).toMatchObject({ status: 'FINISHED', life: 'final' });
  expect(await hitsHad()).toBe(most);
  expect(await isWhole(run)).toBe(true);
  expect(time.told.reopened.get(run)).toBe(1);
});
