import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../config/index.ts';
import { openDatabase, describeUrl, type Database } from '../../storage/database.ts';
import { startEmbeddedPostgres } from '../../storage/embedded.ts';
import { schemaState } from '../../storage/migrate.ts';
import { findingOf, type Finding } from './finding.ts';

const waitsLongSeconds = 600;

/** Database, schema, clock and queue. Changes nothing: an embedded database that was never made is not made here. */
export async function lookAtDatabase(config: Config): Promise<Finding[]> {
  const { databaseUrl, dataDirectory } = config;
  if (databaseUrl === undefined && !(await exists(path.join(dataDirectory, 'postgres')))) {
    const found = `no embedded database in ${dataDirectory} yet`;
    return [{ part: 'database', state: 'warning', found, fix: 'it is made at the first "dtdqm start"' }];
  }
  let embedded: Awaited<ReturnType<typeof startEmbeddedPostgres>> | undefined;
  let database: Database | undefined;
  const opened = await findingOf('database', 'see the message; is PostgreSQL running?', async () => {
    if (databaseUrl === undefined) embedded = await startEmbeddedPostgres({ dataDirectory });
    const url = databaseUrl ?? embedded?.url ?? '';
    database = await openDatabase({ url, log: { warn: () => undefined }, connections: 2 });
    const { rows } = await database.query<{ version: string; size: string }>(
      `select current_setting('server_version') as version, pg_size_pretty(pg_database_size(current_database())) as size`,
    );
    const kind = embedded === undefined ? describeUrl(url) : `embedded in ${dataDirectory}`;
    return { state: 'ok', found: `PostgreSQL ${rows[0]?.version}, ${kind}, ${rows[0]?.size}` };
  });
  try {
    if (database === undefined) return [opened];
    const schema = await lookAtSchema(database);
    const clock = await lookAtClock(database);
    // Without our tables there is no queue to look at.
    return schema.state === 'ok'
      ? [opened, schema, clock, await lookAtQueue(database)]
      : [opened, schema, clock];
  } finally {
    await (database as Database | undefined)?.end();
    await embedded?.stop();
  }
}

function lookAtSchema(database: Database): Promise<Finding> {
  return findingOf('schema', 'restore the back-up, or upgrade the monitor', async () => {
    const { applied, pending, newer } = await schemaState(database);
    if (newer.length > 0) {
      const fix = 'run the newer version of the monitor, or restore the back-up made before the upgrade';
      return { state: 'failure', found: `made by a newer version: ${newer.join(', ')}`, fix };
    }
    if (pending.length > 0) {
      return {
        state: 'warning',
        found: `not applied yet: ${pending.join(', ')}`,
        fix: 'run "dtdqm migrate"',
      };
    }
    return { state: 'ok', found: `up to date: ${applied.at(-1)}` };
  });
}

function lookAtClock(database: Database): Promise<Finding> {
  return findingOf('clock', 'synchronise the clocks (NTP)', async () => {
    const before = Date.now();
    const { rows } = await database.query<{ now: Date }>('select clock_timestamp() as now');
    // The answer was made somewhere between question and arrival.
    const middle = (before + Date.now()) / 2;
    const off = Math.round(((rows[0]?.now.getTime() ?? middle) - middle) / 100) / 10;
    const found = `${Math.abs(off)} s ${off >= 0 ? 'behind' : 'ahead of'} the database's`;
    // The monitor itself lives by the database's clock; signed identities and certificates live by ours.
    if (Math.abs(off) < 5) return { state: 'ok', found };
    return { state: 'warning', found, fix: 'synchronise the clocks (NTP): signed identities may be refused' };
  });
}

function lookAtQueue(database: Database): Promise<Finding> {
  return findingOf('queue', 'run "dtdqm migrate"', async () => {
    const { rows } = await database.query<{ waiting: number; age: number | null; errors: number }>(
      `select (select coalesce(sum(jobs), 0)::integer from reporting.job_counts() where state in ('created', 'retry')) as waiting,
              (select extract(epoch from now() - min(oldest))::integer from reporting.job_counts() where state in ('created', 'retry')) as age,
              (select count(*)::integer from run where status = 'ERROR') as errors`,
    );
    const { waiting = 0, age = null, errors = 0 } = rows[0] ?? {};
    const found = `${waiting} jobs wait, the oldest for ${age ?? 0} s; ${errors} runs are in error`;
    if ((age ?? 0) > waitsLongSeconds) {
      return { state: 'warning', found, fix: 'start a worker ("dtdqm worker"), or more of them' };
    }
    return { state: 'ok', found };
  });
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
