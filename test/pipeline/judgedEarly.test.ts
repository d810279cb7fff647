import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { formatChamber } from '@dtdqm/contract';
import type { ScorerInput } from '@dtdqm/detector';
import { requestReevaluation } from '@dtdqm/worker/storage/jobs';
import { nextJudgedEarly } from '@dtdqm/worker/storage/past';
import { listRuns } from '@dtdqm/worker/storage/runs';
import { ruleScorer } from './ruleScorer.ts';
import { eventOf, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

const chamber = formatChamber({ wheel: 1, station: 2, sector: 7 });

/** A scorer that tells, of each run it was given, how many runs the past of one chamber held; runs are told by their seed. */
function watchedScorer(model?: string) {
  const scorer = ruleScorer(model);
  const pasts = () => scorer.batches.map((batch) => inputOf(batch).history!.length);
  return { scorer, pasts };
}

const inputOf = (batch: readonly ScorerInput[]) =>
  batch.find((input) => formatChamber(input.chamber) === chamber)!;

const statuses = async () =>
  (await listRuns(bench.database, { limit: 50, cursor: null })).runs.map(({ run, status }) => [run, status]);

const pastRuns = async () =>
  (
    await bench.database.query<{ run: number; past: number }>(
      'select run, past_runs as past from run order by run',
    )
  ).rows.map(({ past }) => past);

test(
  'runs that are fetched newest first are judged again once the runs before them are there',
  { timeout: 90_000 },
  async () => {
    for (let run = 1; run <= 4; run++) bench.source.set(run);
    const { scorer, pasts } = watchedScorer();
    const worker = bench.worker({ scorer });
    await worker.start();
    await vi.waitFor(async () => expect(await pastRuns()).toEqual([0, 1, 2, 3]), { timeout: 60_000 });
    expect((await statuses()).every(([, status]) => status === 'FINISHED')).toBe(true);
    // Each once when it came, then runs 2 to 4 once more, the oldest first: their pasts are judged with their own.
    expect(pasts()).toEqual([0, 0, 0, 0, 1, 2, 3]);
    expect(await nextJudgedEarly(bench.database)).toBeNull();
  },
);

test(
  'a run that comes late has those judged again that had too few runs before, and no others',
  { timeout: 120_000 },
  async () => {
    for (const run of [1, 3, 4, 5, 6]) bench.source.set(run);
    const { scorer } = watchedScorer();
    const worker = bench.worker({ scorer });
    await worker.start();
    await vi.waitFor(async () => expect(await pastRuns()).toEqual([0, 1, 2, 3, 4]), { timeout: 60_000 });
    const before = scorer.batches.length;
    bench.source.set(2);
    const stored = eventOf(worker, 'stored', ({ run }) => run === 2);
    await worker.enqueue(2);
    await stored;
    await vi.waitFor(async () => expect(await pastRuns()).toEqual([0, 1, 2, 3, 4, 4]), { timeout: 60_000 });
    // The late run itself, and runs 3, 4 and 5.
    expect(scorer.batches.length - before).toBe(1 + 3);
  },
);

test('runs that all wait to be judged by another model are judged with their past', async () => {
  for (let run = 1; run <= 3; run++) bench.source.set(run);
  const first = bench.worker();
  for (const run of [1, 2, 3]) await first.fetchNow(run);
  const { scorer, pasts } = watchedScorer('next@2');
  await requestReevaluation(bench.database, { model: 'next@2' });
  const worker = bench.worker({ scorer });
  await worker.start();
  await vi.waitFor(
    async () => expect((await statuses()).every(([, status]) => status === 'FINISHED')).toBe(true),
    {
      timeout: 60_000,
    },
  );
  expect(pasts()).toEqual([2, 1, 0]);
});
