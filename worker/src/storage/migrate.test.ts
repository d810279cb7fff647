import { afterEach, beforeEach, expect, test } from 'vitest';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database.ts';
import { migrate } from './migrate.ts';

const quiet = { info: () => undefined };
let empty: TestDatabase;
beforeEach(async () => {
  empty = await createTestDatabase({ migrated: false });
});
afterEach(() => empty.drop());

test('several processes may start at once: every migration is applied once', async () => {
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(empty.url, quiet)));
  const files = await readdir(new URL('./migrations', import.meta.url));
  expect(applied.flat()).toEqual(files.sort().map((file) => file.replace('.sql', '')));
  const { rows } = await empty.database.query<{ name: string }>('select name from migration order by id');
  expect(rows.map(({ name }) => name)).toEqual(applied.flat());
});

test('a database of a newer version is refused with both versions and the way out, and left as it is', async () => {
  await migrate(empty.url, quiet);
  await empty.database.query(`insert into migration (name, run_on) values ('9999_future', now())`);
  await empty.database.query(`comment on table migration is '12.3.4'`);
  await expect(migrate(empty.url, quiet)).rejects.toThrow(
    /^the database was brought up to 9999_future by version 12\.3\.4 of the monitor; this is version \d+\.\d+\.\d+, which knows migrations up to \d{4}_\w+: start the newer one, or restore the back-up made before the upgrade/,
  );
  const { rows } = await empty.database.query<{ name: string }>(
    `select name from migration order by id desc limit 1`,
  );
  expect(rows).toEqual([{ name: '9999_future' }]);
});

test('a migration that got another name later is known by its former one', async () => {
  await migrate(empty.url, quiet);
  await empty.database.query(
    `update migration set name = '0037_lost_workers' where name = '0039_lost_workers'`,
  );
  expect(await migrate(empty.url, quiet)).toEqual([]);
});

test('an upgrade that fails half-way leaves the database to the version that it had', async () => {
  await migrateBefore('0050');
  await empty.database.query('create table queue_order (something text)');
  const before = await empty.database.query('select name from migration order by id');
  await expect(migrate(empty.url, quiet)).rejects.toThrow(/cannot be brought up to date: .*queue_order/);
  const after = await empty.database.query('select name from migration order by id');
  expect(after.rows).toEqual(before.rows);
});

test('the lock is free again after a failure', async () => {
  await empty.database.query('create table run (something text)');
  await expect(migrate(empty.url, quiet)).rejects.toThrow(
    /cannot be brought up to date: .*"run" already exists/,
  );
  const client = new pg.Client({ connectionString: empty.url });
  await client.connect();
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::integer as n from pg_tables where tablename in ('chamber', 'model')`,
  );
  await client.end();
  expect(rows).toEqual([{ n: 0 }]);
  await empty.database.query('drop table run');
  expect((await migrate(empty.url, quiet)).length).toBeGreaterThan(0);
});

test('an upgrade to one priority keeps what experts did in the queue, and the order of the default strategy', async () => {
  await migrateBefore('0051');
  const { database } = empty;
  await database.query(
    `insert into model (name, hash) values ('m@1', 'h');
     insert into run (run, dataset, status, closed, chambers, model) values (1, 'd', 'FINISHED', true, 4, 'm@1');
     insert into chamber (run, wheel, station, sector, state, width, total_hits, hits)
     select 1, 0, 1, sector, 'present', 1, 12, array_fill(1, array[12]) from generate_series(1, 4) as sector;
     insert into chamber_score (run, wheel, station, sector, model, scores, verdicts, saliency_scale, saliency)
     select 1, 0, 1, sector, 'm@1', array_fill(0.25::real, array[11]) || 0.75::real, array_fill('good'::verdict, array[12]), 0, '{}'
     from generate_series(1, 3) as sector;
     insert into queue (run, wheel, station, sector, state, audit, random_key, certainty, twin, twin_rank, focus, margin, k_center,
                        lease_id, lease_by, lease_until, features)
     values (1, 0, 1, 1, 'waiting', false, 0.5, 0.25, 'a', 1, 12, 0.9, 0.125, null, null, null, '{1,2}'),
            (1, 0, 1, 2, 'leased', true, 0.25, 0.25, 'b', 0, 12, 0.9, 0.5, '00000000-0000-4000-8000-000000000001', 'ana', 'infinity', '{3}'),
            (1, 0, 1, 3, 'skipped', false, 0.75, 0.25, 'c', 0, 1, 0.9, 0.25, null, null, null, '{}'),
            (1, 0, 1, 4, 'labelled', false, 0.125, 0.25, 'd', 2, 1, 0.9, 0.0625, null, null, null, '{4}')`,
  );
  const kept =
    'run, wheel, station, sector, state, audit, random_key, certainty, twin, twin_rank, focus, lease_id, lease_by, features';
  const before = await database.query(`select ${kept}, k_center as priority from queue order by sector`);
  await migrate(empty.url, quiet);
  const after = await database.query(`select ${kept}, priority from queue order by sector`);
  expect(after.rows).toEqual(before.rows);
  const scores = await database.query('select score from queue order by sector');
  // The last has no score by the run's model.
  expect(scores.rows).toEqual([0.75, 0.75, 0.25, 0].map((score) => ({ score })));
  const order = await database.query('select strategy, stale_below from queue_order');
  expect(order.rows).toEqual([{ strategy: 'k-center', stale_below: null }]);
});

test('an upgrade to lives of runs calls final only what was had whole, and looks at the newest again', async () => {
  await migrateBefore('0052');
  const run = (number: number, columns: string, values: string) =>
    `insert into run (run, dataset, status, ${columns}) values (${number}, 'd', ${values});`;
  const old = `now() - interval '9 days'`;
  await empty.database.query(
    [
      run(1, 'closed, chambers, fetched_at', `'FINISHED', true, 250, ${old}`),
      run(2, 'closed, chambers, fetched_at', `'FINISHED', true, 250, now()`),
      run(3, 'closed, chambers, absent_chambers, fetched_at', `'FINISHED', true, 249, 1, now()`),
      run(4, 'closed, chambers, absent_chambers, fetched_at', `'FINISHED', true, 0, 250, now()`),
      run(5, 'closed, chambers, fetched_at', `'FINISHED', false, 250, now()`),
      run(6, 'error, chambers, fetched_at', `'ERROR', 'broken', 249, now()`),
      run(7, 'closed', `'LOADING', false`),
    ].join('\n'),
  );
  await migrate(empty.url, quiet);
  const { rows } = await empty.database.query(
    'select run, status::text, life::text, look_at is not null as again from run order by run',
  );
  expect(rows).toEqual([
    { run: 1, status: 'FINISHED', life: 'final', again: false },
    { run: 2, status: 'FINISHED', life: 'final', again: true },
    { run: 3, status: 'FINISHED', life: 'incomplete', again: true },
    // Nothing of 250 is no finished run.
    { run: 4, status: 'ERROR', life: 'incomplete', again: true },
    { run: 5, status: 'FINISHED', life: 'growing', again: true },
    { run: 6, status: 'ERROR', life: 'error', again: true },
    { run: 7, status: 'LOADING', life: 'listed', again: true },
  ]);
});

/** As an earlier version left the database. */
async function migrateBefore(number: string): Promise<void> {
  const all = new URL('./migrations', import.meta.url);
  const dir = await mkdtemp(path.join(tmpdir(), 'dtdqm-migrations-'));
  try {
    for (const file of await readdir(all)) {
      if (file < number) await cp(new URL(`./migrations/${file}`, import.meta.url), path.join(dir, file));
    }
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    await runner({
      databaseUrl: empty.url,
      dir,
      migrationsTable: 'migration',
      direction: 'up',
      noLock: true,
      logger: log,
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
