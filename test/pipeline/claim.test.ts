import { afterEach, beforeEach, expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import { openDatabase, type Database } from '@dtdqm/worker/storage/database';
import { claimJob, requestFetch } from '@dtdqm/worker/storage/jobs';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';

let db: TestDatabase;
let workers: Database[];
beforeEach(async () => {
  db = await createTestDatabase();
  const log = { warn: () => undefined };
  workers = await Promise.all(
    Array.from({ length: 6 }, () => openDatabase({ url: db.url, log, connections: 1 })),
  );
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.end()));
  await db.drop();
});

// Several rounds, because who comes first is chance.
test.each([1, 2, 3, 4])(
  'many workers may begin at the same moment: each run goes to one of them, and none is left (round %d)',
  async () => {
    const runs = Array.from({ length: 40 }, (_, index) => index + 1);
    await requestFetch(
      db.database,
      runs.map((run) => ({ run, dataset: 'd' })),
    );
    const claimed: number[] = [];
    await Promise.all(
      workers.map(async (worker) => {
        for (
          let job = await claimJob(worker, randomUUID());
          job !== null;
          job = await claimJob(worker, randomUUID())
        )
          claimed.push(job.run);
      }),
    );
    expect(claimed.sort((a, b) => a - b)).toEqual(runs);
  },
);
