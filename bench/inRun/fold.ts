import { allChambers, type RunMoment } from '@dtdqm/contract';
import { defaultModelFolder, inputsOfSlices, type Watch } from '@dtdqm/detector';
import { loadModel, scoreChambers, selectBackend } from '@dtdqm/detector/engine';
import { demoRuns } from '@dtdqm/simulator/sources';
import { watcher } from '@dtdqm/worker/pipeline/inside';
import { defaultLifeRule } from '@dtdqm/worker/pipeline/runLife';
import { beginInside, endInside, foldLook, type JudgeSlices } from '@dtdqm/worker/pipeline/slices';
import { packMatrix, packWithMatrices } from '@dtdqm/worker/storage/packedMatrix';
import { machine, write } from '../harness.ts';
import { began } from './trips.ts';

/**
 * Hours of data taking through what a worker does with a look at a run in progress, in this process and as fast as it goes: differences, watch,
 * judging of slices, packing of what is stored. Neither server nor database are in it (`day.ts` has both). An hour of data taking a row.
 * `node --expose-gc --import tsx bench/inRun/fold.ts [hours] [one chamber in so many]`
 */
const [hours = '24', oneIn = '1'] = process.argv.slice(2);
const chambers = allChambers.filter((_, index) => index % Number(oneIn) === 0);
const secondsBetween = defaultLifeRule.growingSeconds;
await selectBackend('wasm');
const model = await loadModel(await defaultModelFolder());
const judge: JudgeSlices = (slices) =>
  Promise.resolve(
    slices.length === 0 ? [] : scoreChambers(model, inputsOfSlices(slices), { saliency: false }),
  );

/** Processor time of the watch alone: all of it is taken on this thread. */
let watchMs = 0;
const timedWatcher: typeof watcher = {
  ...watcher,
  look(watch, part) {
    const before = process.cpuUsage();
    const answer = watcher.look(watch, part);
    const { user, system } = process.cpuUsage(before);
    watchMs += (user + system) / 1000;
    return answer;
  },
};

let now = began;
const source = demoRuns({ seed: 'a day', runs: 1, now: () => now });
let run = NaN;
let state = beginInside<Watch>();
let hour = zero();
const day = zero();

write(`${chambers.length} chambers, a look every ${secondsBetween} s; ${machine()}.`);
write('');
write(
  '| hour | looks | processor ms a look | of them the watch | heap MB | slices | kB of counts of slices | kB of state | changes |',
);
write(`|${' --: |'.repeat(9)}`);
for (let look = 1; look <= (Number(hours) * 3600) / secondsBetween; look++) {
  now += secondsBetween * 1000;
  await lookAtNewest();
  if ((look * secondsBetween) % 3600 >= secondsBetween) continue;
  write(rowOf(String(Math.round((look * secondsBetween) / 3600)), hour));
  hour = zero();
}
write(rowOf('all', day));

/** What goes on from one run to the next is left to the watch of a new state. */
async function lookAtNewest(): Promise<void> {
  const newest = source.runs().at(-1)!;
  if (newest.run !== run) {
    keep(endInside(state).slices);
    [run, state] = [newest.run, beginInside<Watch>()];
  }
  const shown = chambers.map((chamber) => ({ ...chamber, matrix: source.chamber(run, chamber)! }));
  const moment: RunMoment = { at: new Date(now).toISOString(), lumisection: newest.lumisections };
  const start: RunMoment = { at: new Date(newest.startedAt!).toISOString(), lumisection: 0 };
  const before = process.cpuUsage();
  watchMs = 0;
  const folded = await foldLook(state, { moment, start, shown }, { judge, watcher: timedWatcher });
  const stateBytes = packWithMatrices(folded.state).length;
  keep(folded.slices);
  const { user, system } = process.cpuUsage(before);
  state = folded.state;
  for (const sum of [hour, day]) {
    sum.looks += folded.look === null ? 0 : 1;
    sum.processorMs += (user + system) / 1000;
    sum.watchMs += watchMs;
    sum.changes += folded.changes.length;
    sum.stateBytes = stateBytes;
  }
}

function keep(slices: Parameters<typeof packed>[0]): void {
  const bytes = packed(slices);
  for (const sum of [hour, day]) {
    sum.slices += slices.length;
    sum.bytes += bytes;
  }
}

function packed(slices: Awaited<ReturnType<typeof foldLook>>['slices']): number {
  return slices.reduce((sum, { matrix }) => sum + packMatrix(matrix).length, 0);
}

function zero() {
  return { looks: 0, processorMs: 0, watchMs: 0, slices: 0, bytes: 0, stateBytes: 0, changes: 0 };
}

function rowOf(name: string, sum: ReturnType<typeof zero>): string {
  globalThis.gc?.();
  const { looks, processorMs, watchMs, slices, bytes, stateBytes, changes } = sum;
  const heap = (process.memoryUsage().heapUsed / 1e6).toFixed(0);
  const kilobytes = (size: number) => (size / 1000).toFixed(0);
  const cells = [
    name,
    looks,
    (processorMs / looks).toFixed(0),
    (watchMs / looks).toFixed(0),
    heap,
    slices,
    kilobytes(bytes),
    kilobytes(stateBytes),
  ];
  return `| ${[...cells, changes].join(' | ')} |`;
}
