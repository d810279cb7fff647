import { formatChamber } from '@dtdqm/contract';
import { detectorState } from '@dtdqm/worker/storage/state';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { one, Stage } from './scenarios.ts';

let db: TestDatabase;
let stage: Stage;
beforeEach(async () => {
  db = await createTestDatabase();
  stage = new Stage(db.database);
  await stage.asked();
});
afterEach(() => db.drop());

const said = async () => {
  const { run, quiet, doubts } = await detectorState(db.database);
  return { run, quiet, doubts };
};

test('a test run numbered far above is doubted once others come after it, and hides them no more once it is deleted', async () => {
  await stage.run(999999, { minutesAgo: 60 });
  expect(await said()).toEqual({ run: 999999, quiet: true, doubts: [] });
  await stage.run(380001, { chambers: { [formatChamber(one)]: 'dead' } });
  expect(await said()).toEqual({
    run: 999999,
    quiet: false,
    doubts: [
      'run 999999 is numbered far above run 380001, which came after it: delete it if it is no run of the detector',
    ],
  });
  await db.database.query('delete from run where run = 999999');
  expect(await said()).toMatchObject({ run: 380001, quiet: false, doubts: [] });
});

test('a run is not doubted because those of years before came after it, or were fetched by hand', async () => {
  for (const run of [380001, 380002, 380003, 380004]) await stage.run(run, { minutesAgo: 60 });
  await stage.run(272011);
  expect(await said()).toEqual({ run: 380004, quiet: true, doubts: [] });
});
