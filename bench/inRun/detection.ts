import { formatChamber } from '@dtdqm/contract';
import { upperQuantile } from '@dtdqm/contract/numbers';
import { defaultModelFolder, newWatch, watchLook, type WatchChange } from '@dtdqm/detector';
import { loadModel, selectBackend } from '@dtdqm/detector/engine';
import { tripKinds } from '@dtdqm/simulator/detector';
import { findingsInRun } from '@dtdqm/worker/incidents/inRun';
import { applyRun } from '@dtdqm/worker/incidents/lifecycle';
import { emptyLedger } from '@dtdqm/worker/incidents/track';
import { write } from '../harness.ts';
import { countingBounds, limit } from './bound.ts';
import { cumulativeDetection } from './cumulative.ts';
import { falseChanges } from './falseChanges.ts';
import { began, drawTrips, looksAt, type ChamberLook, type Trip } from './trips.ts';

/**
 * Time from trips inside of runs to their open incidents, beside what counting allows and beside the verdict on all hits so far; and what is told
 * of chambers in which nothing happened.
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
    ...firstOpen(trip, pollSeconds),
    ...countingBounds(trip, pollSeconds),
    cumulative: cumulativeDetection(model, trip, pollSeconds),
  }));
  write(`Seed ${seed}: ${count} trips in runs of six hours, looks every ${poll} s.`);
  write(
    `Counting bounds: place, moment and what is left known, log-likelihood ratio of ${limit.toFixed(1)} nats; rates known from elsewhere, or from the run before the trip.`,
  );
  write(
    'Minutes from the trip to the look after which its incident is open, median / p95; in brackets looks.',
  );
  write('');
  write(
    '| kind | station | trips | incident open | bound, rates of the run | bound, rates known | verdict on all hits so far | same layers | moment right | false before |',
  );
  write('| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: |');
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
        times(({ open }) => open),
        times(({ ratesOfRun }) => ratesOfRun),
        times(({ ratesKnown }) => ratesKnown),
        times(({ cumulative }) => cumulative),
      ];
      write(`| ${[...cells, same, right, early].join(' | ')} |`);
    }
  }
  write('');
  if (Number(hours) > 0) {
    for (const line of falseChanges(seed, Number(hours), pollSeconds)) write(line);
  }
}

/** When an incident was open that is of the trip, seconds after it, what was told of its moment, and how many other things were before it. */
function firstOpen({ counter, script, fault }: Trip, pollSeconds: number) {
  let [watch, seconds, before] = [newWatch(), 0, 0];
  const changes: WatchChange[] = [];
  for (const look of looksAt(counter, script, pollSeconds)) {
    seconds += pollSeconds;
    const said = watchLook(watch, look);
    ({ watch } = said);
    changes.push(...said.changes);
    if (seconds <= fault.from) before = changes.length;
    const its = said.changes.find(
      ({ ratio, layers }) => ratio < 1 && layers.some((layer) => fault.layers.includes(layer)),
    );
    if (seconds <= fault.from || !its || !isOpen(look, changes, fault)) continue;
    const isSamePlace = [...its.layers].sort((a, b) => a - b).join() === fault.layers.join();
    const [from, to] = [its.happened.from, its.happened.to].map((at) => at && Date.parse(at.at) - began);
    const isWithin = (from ?? 0) <= fault.from * 1000 && fault.from * 1000 <= to!;
    return { open: seconds - fault.from, before, isSamePlace, isWithin };
  }
  return { open: null, before, isSamePlace: false, isWithin: false };
}

/** Whether what is known of the chamber after a look makes an open incident in layers of the trip: the ledger takes the run anew with each. */
function isOpen(
  { soFar, to }: ChamberLook,
  changes: readonly WatchChange[],
  { chamber, layers }: Trip['fault'],
) {
  const findings = findingsInRun(chamber, soFar, changes);
  const run = {
    ...{ run: 1, at: to.at, model: '', judged: null },
    findings: new Map([[formatChamber(chamber), findings]]),
    blind: new Map<string, number[]>(),
  };
  const { tracks } = applyRun(emptyLedger, run, () => 1).ledger;
  return tracks.some(
    ({ phase, spans }) => phase === 'open' && spans.some(({ layer }) => layers.includes(layer)),
  );
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
