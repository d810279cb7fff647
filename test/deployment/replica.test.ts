import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConfig } from '@dtdqm/worker/config/index';
import { readerRole } from '@dtdqm/worker/grafana/installation';
import { lookAtDatabase } from '@dtdqm/worker/observe/doctor';
import { createMetrics } from '@dtdqm/worker/observe/metrics';
import { openDatabase, type Database } from '@dtdqm/worker/storage/database';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@dtdqm/worker/storage/embedded/server';
import { migrate } from '@dtdqm/worker/storage/migrate';
import { replicaLag } from '@dtdqm/worker/storage/replica';
import { allStatements, expand } from '../../provisioning/src/statements.ts';
import { connectAsReader } from '../provisioning/reader.ts';
import { firing } from '../provisioning/firing.ts';
import { ageless, scenarios, Stage } from '../state/scenarios.ts';

let folder: string;
let primary: EmbeddedPostgres;
let replica: EmbeddedPostgres;
let database: Database;
/** As an administrator of the replica, and as Grafana reads it. */
let own: pg.Client;
let reader: pg.Client;

/** A database that is all quiet, and a replica of it: a copy of its files, made while it stood still, that follows it. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dtdqm-replica-'));
  const start = (name: string) =>
    startEmbeddedPostgres({ dataDirectory: path.join(folder, name), durable: false });
  await (await start('primary')).stop();
  // With owners, which Node's own copy leaves behind: as root the server runs as somebody else.
  const copy = (from: string, to: string) =>
    execFileSync('cp', ['-a', path.join(folder, from), path.join(folder, to)]);
  copy('primary', 'replica');
  primary = await start('primary');
  await migrate(primary.url, { info: () => undefined });
  database = await openDatabase({ url: primary.url, log: { warn: () => undefined } });
  await scenarios.find(({ name }) => name === 'healthy')!.prepare(new Stage(database));
  await (await connectAsReader(primary.url)).end();

  const cluster = 'replica/postgres/cluster';
  const { port, username, password } = new URL(primary.url);
  // Any file of that name will do.
  copy(`${cluster}/postgresql.auto.conf`, `${cluster}/standby.signal`);
  await appendFile(
    path.join(folder, cluster, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${port} user=${username} password=${password}'\n`,
  );
  replica = await start('replica');
  own = new pg.Client({ connectionString: replica.url });
  await own.connect();
  await vi.waitUntil(async () => (await lag()).bytes === 0, 15_000);
  const url = new URL(replica.url);
  url.username = readerRole;
  url.password = 'reader-of-the-tests';
  reader = new pg.Client({ connectionString: url.href });
  await reader.connect();
});
afterAll(async () => {
  // Also after a setup that failed midway.
  for (const each of [reader, own, database] as const) await (each as pg.Client | undefined)?.end();
  for (const each of [replica, primary]) await (each as EmbeddedPostgres | undefined)?.stop();
  await rm(folder, { recursive: true });
});

const lag = () => replicaLag(database, replica.url);
const doctor = async (reportingUrl = replica.url) => {
  const config = readConfig({ DATABASE_URL: primary.url, DTDQM_REPORTING_URL: reportingUrl });
  return (await lookAtDatabase(config)).find(({ part }) => part === 'replica');
};
const metric = async (name: string) =>
  new RegExp(`^dtdqm_replica_${name} (.+)$`, 'm').exec(
    await createMetrics(database, undefined, replica.url).text(),
  )?.[1];
async function shown(client: pg.Client | Database) {
  const { rows } = await client.query<{ headline: string; quiet: boolean; doubts: string[]; tone: string }>(
    'select headline, quiet, doubts, tone from reporting.detector_state()',
  );
  return rows[0]!;
}

/** As if the given time had passed since, for whoever asks how old the replica is; returns when the replica has it from the primary. */
async function passes(time: string): Promise<void> {
  const text = `select pg_get_functiondef('reporting.replica_age()'::regprocedure) as text`;
  const { rows } = await database.query<{ text: string }>(text);
  await database.query(rows[0]!.text.replace('now()', `now() + interval '${time}'`));
  await expect.poll(async () => (await own.query<{ text: string }>(text)).rows[0]?.text).toContain(time);
}

test('a replica that follows says what its primary says, and answers every statement of the dashboards', async () => {
  const state = await shown(reader);
  expect(state).toMatchObject({ quiet: true, headline: expect.stringMatching(/^all quiet/) as string });
  const { headline, ...rest } = await shown(database);
  expect({ ...rest, headline: ageless(headline) }).toEqual({ ...state, headline: ageless(state.headline) });
  // A server writes a little log now and then by itself.
  const all = { state: 'ok', found: expect.stringMatching(/shows all$/) as string };
  await expect.poll(() => doctor()).toMatchObject(all);
  expect(await metric('up')).toBe('1');
  await expect.poll(() => metric('lag_seconds')).toBe('0');
  const range = { from: new Date(Date.now() - 86_400_000), to: new Date() };
  const variables = { run: '0', last: '100', wheel: ['0'], station: ['1'], sector: ['1'] };
  const plain = { ...variables, wheel: '0', station: '1', sector: '1' };
  for (const { where, kind, sql } of await allStatements()) {
    if (kind === 'rule') continue;
    const asked = expand(sql, {
      range,
      intervalSeconds: 60,
      variables: sql.includes(':csv') ? variables : plain,
    });
    await expect(reader.query(asked), where).resolves.toBeDefined();
  }
});

test('one that has stopped is told with its age on every dashboard, and is never quiet', async () => {
  await passes('5 minutes');
  // While it follows no time makes it old.
  expect(await shown(reader)).toMatchObject({ quiet: true });
  expect(await firing(reader, 'dtdqm-replica-old')).toEqual([]);
  await own.query('select pg_wal_replay_pause()');
  // It is only asked for until the replica has looked.
  const paused = 'select pg_get_wal_replay_pause_state() as is';
  await expect.poll(async () => (await own.query<{ is: string }>(paused)).rows[0]?.is).toBe('paused');
  await database.query('create table written_meanwhile ()');
  await expect.poll(async () => (await lag()).bytes).toBeGreaterThan(0);
  await expect.poll(async () => (await shown(reader)).quiet).toBe(false);
  const { headline, doubts, tone } = await shown(reader);
  expect(headline).toMatch(/^nothing bad seen; 250 of 250 judged; .*REPLICA 5 min OLD/);
  // It cannot know that nobody asked the source meanwhile.
  expect(headline).not.toMatch(/NOT CONNECTED|STALE/);
  expect(doubts).toEqual(['what is shown comes from a replica that has had nothing new for 5 min']);
  expect(tone).toBe('doubt');
  expect((await shown(database)).quiet).toBe(true);
  expect(await firing(reader, 'dtdqm-replica-old')).toHaveLength(1);
  const says = (await allStatements()).filter(({ where }) => where.endsWith('variable data'));
  expect(says.length).toBe(8);
  for (const { sql } of says)
    expect((await reader.query<{ __text: string }>(sql)).rows[0]?.__text).toBe('REPLICA 5 min OLD');
  expect(Number(await metric('lag_bytes'))).toBeGreaterThan(0);
  expect(Number(await metric('lag_seconds'))).toBeGreaterThan(0);
  expect(await doctor()).toMatchObject({
    state: 'ok',
    found: expect.stringMatching(/s ago, 0\.\d MB behind$/) as string,
  });
  await own.query('select pg_wal_replay_resume()');
  await expect.poll(async () => (await shown(reader)).quiet).toBe(true);
});

test('what is no replica of the database, or does not answer, is said in a line', async () => {
  await expect(replicaLag(database, primary.url)).rejects.toThrow(/is none: it takes writes of its own$/);
  const { port } = new URL(replica.url);
  const closed = replica.url.replace(`:${port}/`, ':1/');
  expect(await doctor(closed)).toMatchObject({
    state: 'failure',
    found: expect.stringMatching(
      /^the replica 127\.0\.0\.1:1\/postgres does not answer: .*ECONNREFUSED/,
    ) as string,
  });
  const text = await createMetrics(database, undefined, closed).text();
  expect(text).toMatch(/^dtdqm_replica_up 0$/m);
  expect(text).toMatch(/^dtdqm_replica_lag_seconds nan$/im);
  expect(await createMetrics(database).text()).toMatch(/^dtdqm_replica_up nan$/im);
});
