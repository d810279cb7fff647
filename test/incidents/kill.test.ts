import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, inject, it, vi } from 'vitest';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { compiled } from '../start/compile.ts';
import { dead, ledgerOf, storeRun } from './toyRuns.ts';

let test: TestDatabase;
beforeEach(async () => {
  test = await createTestDatabase();
  for (const run of [1, 2, 3]) await storeRun(test.database, run, { a: { faults: [dead([9], 10, 20)] } });
});
afterEach(() => test.drop());

const asleep = `select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`;

it('loses nothing and does nothing twice when the process is killed in the middle', async () => {
  const { database } = test;
  // The last thing that a transaction writes is the checkpoint: there the process waits for its end.
  await database.query(
    `create function wait_for_it() returns trigger language plpgsql as $$ begin perform pg_sleep(600); return new; end $$;
     create trigger wait_for_it before insert on incident_checkpoint execute function wait_for_it()`,
  );
  const script = compiled(inject('programDirectory'), 'test/incidents/updateProcess.ts');
  const doomed = fork(script, [test.url]);
  await vi.waitUntil(async () => (await database.query(asleep)).rows.length > 0, { timeout: 25_000 });
  doomed.kill('SIGKILL');
  await once(doomed, 'exit');
  // The server notices the death of a client when it next reads from it; a sleeping one does not.
  await database.query(`select pg_terminate_backend(pid) from (${asleep}) as sleeping`);
  await database.query('drop function wait_for_it() cascade');
  expect(await ledgerOf(database)).toEqual({ incidents: [], changes: [], sightings: [] });

  await updateIncidents(database);
  const ledger = await ledgerOf(database);
  expect(ledger).toMatchObject({ incidents: [{ id: 1, first_run: 1, last_run: 3 }] });
  await updateIncidents(database);
  expect(await ledgerOf(database)).toEqual(ledger);
});
