import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '@dtdqm/worker/storage/database';
import { migrate } from '@dtdqm/worker/storage/migrate';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { labelOf, queueRuns } from '../labels/labelled.ts';
import { connectAsReader } from '../provisioning/reader.ts';
import { root } from './composeFile.ts';
import { findPostgres, startOwnPostgres, type OwnPostgres } from './ownPostgres.ts';

const run = promisify(execFile);
const programs = await findPostgres();

// The embedded PostgreSQL comes without pg_dump: only a machine with a PostgreSQL of its own can back up.
describe.skipIf(programs === null)('back-up and restore with the PostgreSQL of this machine', () => {
  let server: OwnPostgres;
  let folder: string;
  let database: Database;
  const log = { info: () => undefined, warn: () => undefined };

  beforeAll(async () => {
    server = await startOwnPostgres(programs ?? '');
    folder = await mkdtemp(path.join(tmpdir(), 'dtdqm-backup-'));
    await migrate(await emptyDatabase('original'), log);
    database = await openDatabase({ url: urlOf('original'), log });
    await queueRuns(database, 1, 2);
    await writeLabel(database, 'ana', labelOf(1, 3));
  });
  afterAll(async () => {
    await database.end();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function urlOf(name: string): string {
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  async function emptyDatabase(name: string): Promise<string> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(`create database ${name}`);
    await client.end();
    return urlOf(name);
  }

  function script(name: string, url: string, ...args: string[]) {
    const env = {
      ...process.env,
      DATABASE_URL: url,
      PATH: `${server.programs}:${process.env['PATH'] ?? ''}`,
    };
    return run(path.join(root, 'deploy', 'backup', name), args, { env });
  }

  /** Every row of every table, as text, in an order of its own. */
  async function contentOf(url: string): Promise<Record<string, unknown[]>> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const tables = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
    );
    const content: Record<string, unknown[]> = {};
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ line: string }>(
        `select t::text as line from "${name}" t order by 1`,
      );
      content[name] = rows.map(({ line }) => line);
    }
    await client.end();
    return content;
  }

  test('what is restored into an empty database is what was there, and the monitor goes on with it', async () => {
    const { stdout } = await script('backup.sh', urlOf('original'), folder);
    const url = await emptyDatabase('restored');
    await script('restore.sh', url, stdout.trim());
    const [before, after] = [await contentOf(urlOf('original')), await contentOf(url)];
    expect(Object.keys(before).length).toBeGreaterThan(10);
    expect(after).toEqual(before);
    expect(await migrate(url, log)).toEqual([]);
    const restored = await openDatabase({ url, log });
    await writeLabel(restored, 'bo', labelOf(1, 3));
    await restored.end();
    const reader = await connectAsReader(url);
    expect((await reader.query('select run from reporting.runs')).rowCount).toBe(2);
    await reader.end();
  });

  test('a database that holds runs is not overwritten, and a torn file leaves nothing', async () => {
    const [file = ''] = await readdir(folder);
    await expect(script('restore.sh', urlOf('original'), path.join(folder, file))).rejects.toThrow(
      /holds runs already/,
    );
    const torn = path.join(folder, 'torn.dump');
    await writeFile(torn, 'PGDMP and then nothing');
    const url = await emptyDatabase('torn');
    await expect(script('restore.sh', url, torn)).rejects.toThrow();
    expect(await contentOf(url)).toEqual({});
  });

  test('old dumps make way, and a failed one leaves no file', async () => {
    await script('backup.sh', urlOf('original'), folder, '1');
    const dumps = async () => (await readdir(folder)).filter((name) => name.startsWith('dtdqm-'));
    expect(await dumps()).toHaveLength(1);
    await expect(script('backup.sh', urlOf('nowhere'), folder)).rejects.toThrow(/does not exist/);
    expect(await dumps()).toHaveLength(1);
  });

  test('retention runs in steps until nothing is left', async () => {
    await database.query(`update run set fetched_at = now() - interval '1 year'`);
    const { stdout } = await script('retention.sh', urlOf('original'), '180');
    expect(stdout).toContain('reasons of 2 runs forgotten');
  });

  test('the roles for Grafana can be made by hand, twice', async () => {
    const url = urlOf('original');
    const args = [
      '--no-psqlrc',
      '--set',
      'ON_ERROR_STOP=1',
      '--set',
      'password=p',
      '--dbname',
      url,
      '--file',
    ];
    const file = path.join(root, 'deploy', 'postgres', 'reader.sql');
    for (let time = 0; time < 2; time += 1) await run(path.join(server.programs, 'psql'), [...args, file]);
  });
});
