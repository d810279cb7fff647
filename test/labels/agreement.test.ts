import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAgreementReport } from '@dtdqm/worker/learning/agreement/agreementReport';
import { measureAgreement } from '@dtdqm/worker/learning/agreement/measureAgreement';
import { sharedOpinions } from '@dtdqm/worker/storage/labels/read';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { labelOf, queueRuns } from './labelled.ts';

let it_: TestDatabase;
beforeAll(async () => {
  it_ = await createTestDatabase();
  await queueRuns(it_.database, 1);
});
afterAll(() => it_.drop());

test('the thread tells what would be told here, once for all who ask, and anew after a label', async () => {
  const report = createAgreementReport(it_.database);
  expect((await report()).layers).toBe(0);
  for (const expert of ['ana', 'ben']) await writeLabel(it_.database, expert, labelOf(1, 3));
  const [first, second] = await Promise.all([report(), report()]);
  expect(first).toEqual(measureAgreement(await sharedOpinions(it_.database)));
  expect(first.layers).toBe(12);
  expect(second).toBe(await report());
});

test('a database that fails once is asked again', async () => {
  let fails = true;
  const report = createAgreementReport({
    query: (...asked: never[]) => {
      if (fails && String(asked[0]).includes('shared'))
        return Promise.reject(new Error('the database is away'));
      return (it_.database.query as (...all: never[]) => never)(...asked);
    },
  });
  await expect(report()).rejects.toThrow('away');
  fails = false;
  expect((await report()).layers).toBe(12);
});
