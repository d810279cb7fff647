import { defaultModelFolder, newWatch, watchLook, type WatchChange } from '@dtdqm/detector';
import { loadModel, selectBackend } from '@dtdqm/detector/engine';
import { upperQuantile } from '@dtdqm/contract/numbers';
import { tripKinds } from '@dtdqm/simulator/detector';
import { write } from '../harness.ts';
import { countingBound, limit } from './bound.ts';
import { cumulativeDetection } from './cumulative.ts';
import { falseChanges } from './falseChanges.ts';
import { began, drawTrips, looksAt, type Trip } from './trips.ts';

/**
 * Time to detection of trips inside of runs, beside what counting allows and beside today's verdict on all hits so far; and what is told of
 * chambers in which nothing happened.
 *
 * @param args seed, trips, hours without faults, seconds from look to look.
 */
export async function measureDetection(args: readonly string[]): Promise<void> {
  const [seed = 'spring', count = '200', hours = '24', poll = '45'] = args;
  const pollSeconds = Number(poll);
  await selectBackend('wasm');
  const model = await loadModel(await defaultModelFolder());
  const found = drawTrips(seed, Number(count)).map((trip) => ({
    trip,
    ...firstTold(trip, pollSeconds),
    bound: countingBound(trip, pollSeconds),
    cumulative: cumulativeDetection(model, trip, pollSeconds),
  }));
  write(`Seed ${seed}: ${count} trips in runs of six hours, looks every ${poll} s.`);
  write(
    `Counting bound: all rates, place and moment known, log-likelihood ratio of ${limit.toFixed(1)} nats.`,
  );
  write('Minutes from the trip to the look, median / p95; in brackets looks.');
  write('');
  write(
    '| kind | station | trips | told | counting bound | verdict on all hits so far | same layers | moment right | false before |',
  );
  write('| --- | --- | --: | --: | --: | --: | --: | --: | --: |');
  for (const kind of tripKinds) {
    for (const station of [1, 3]) {
      const rows = found.filter(({ trip }) => trip.kind === kind && trip.station === station);
      if (rows.length === 0) continue;
      const times = (of: (row: (typeof rows)[0]) => number | null) => inWords(rows.map(of), pollSeconds);
      const same = rows.filter(({ isSamePlace }) => isSamePlace).length;
      const right = rows.filter(({ isWithin }) => isWithin).length;
      const early = rows.reduce((sum, { before }) => sum + before, 0);
      const cells = [
        kind,
        `MB${station}`,
        rows.length,
        times(({ told }) => told),
        times(({ bound }) => bound),
      ];
      write(`| ${[...cells, times(({ cumulative }) => cumulative), same, right, early].join(' | ')} |`);
    }
  }
  write('');
  if (Number(hours) > 0) {
    for (const line of falseChanges(seed, Number(hours), pollSeconds)) write(line);
  }
}

/** When the trip was told, seconds after it, and how many other things before it. */
function firstTold({ counter, script, fault }: Trip, pollSeconds: number) {
  let [watch, seconds, before] = [newWatch(), 0, 0];
  const isOfIt = ({ layers, ratio }: WatchChange) =>
    ratio < 1 && layers.some((layer) => fault.layers.includes(layer));
  for (const look of looksAt(counter, script, pollSeconds)) {
    seconds += pollSeconds;
    const said = watchLook(watch, look);
    ({ watch } = said);
    if (seconds <= fault.from) {
      before += said.changes.length;
      continue;
    }
    const its = said.changes.find(isOfIt);
    if (!its) continue;
    const isSamePlace = [...its.layers].sort((a, b) => a - b).join() === fault.layers.join();
    const [from, to] = [its.happened.from, its.happened.to].map((at) => at && Date.parse(at.at) - began);
    const isWithin = (from ?? 0) <= fault.from * 1000 && fault.from * 1000 <= to!;
    return { told: seconds - fault.from, before, isSamePlace, isWithin };
  }
  return { told: null, before, isSamePlace: false, isWithin: false };
}

/** Median and p95 in minutes and looks; what was never found counts as longer than all else. */
function inWords(seconds: readonly (number | null)[], pollSeconds: number): string {
  const times = seconds.map((each) => each ?? Infinity);
  const at = (share: number) => upperQuantile(times, share);
  const minutes = (time: number) => (time === Infinity ? 'never' : (time / 60).toFixed(1));
  const looks = (time: number) => (time === Infinity ? '-' : Math.ceil(time / pollSeconds));
  const never = times.filter((time) => time === Infinity).length;
  const [middle, late] = [at(0.5), at(0.95)];
  return `${minutes(middle)} / ${minutes(late)} (${looks(middle)} / ${looks(late)})${never > 0 ? `, ${never} never` : ''}`;
}
