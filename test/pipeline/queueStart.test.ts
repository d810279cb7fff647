import { afterEach, beforeEach, expect, test } from 'vitest';
import { createQueue, type Queue } from '@dtdqm/worker/pipeline/queue';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';

let db: TestDatabase;
let queues: Queue[];
beforeEach(async () => {
  db = await createTestDatabase();
  queues = Array.from({ length: 6 }, () => createQueue(db.database, { warn: () => undefined }));
});
afterEach(async () => {
  await Promise.all(queues.map((queue) => queue.stop()));
  await db.drop();
});

// Several rounds, because who comes first is chance.
test.each([1, 2, 3, 4])(
  'many workers may start on an empty database at the same moment (round %d)',
  async () => {
    await Promise.all(queues.map((queue) => queue.start()));
    await queues[0]?.add([{ kind: 'discover' }]);
    expect((await queues[5]?.take())?.job).toEqual({ kind: 'discover' });
  },
);
