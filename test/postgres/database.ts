import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, inject } from 'vitest';
import { openDatabase, type Database } from '@dtdqm/worker/storage/database';
import { templateName } from './globalSetup.ts';

export interface TestDatabase {
  database: Database;
  url: string;
  /** Closes the pool and drops the database. */
  drop(): Promise<void>;
}

/**
 * A database of its own for one test file: `migrated` (the default), without any table, or a copy of another test's, whose
 * connections must be closed.
 */
export async function createTestDatabase({
  migrated = true,
  copyOf,
}: { migrated?: boolean; copyOf?: string } = {}): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  const template =
    copyOf === undefined ? (migrated ? templateName : 'template0') : new URL(copyOf).pathname.slice(1);
  await administrate(server, `create database ${name} template ${template}`);
  const log = { warn: () => undefined };
  const database = await openDatabase({ url: url.href, log });
  return {
    database,
    url: url.href,
    async drop() {
      if (!database.ended) await database.end();
      await administrate(server, `drop database ${name} with (force)`);
    },
  };
}

async function administrate(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Models that have scored the run, most recently registered first; `run.model` says whose scores are current. */
export async function modelsOfRun(db: Database, run: number): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select name from model
     where exists (select from chamber_score s where s.run = $1 and s.model = model.name)
     order by registered_at desc, name`,
    [run],
  );
  return rows.map(({ name }) => name);
}

/** Until a statement of another connection waits for a lock. */
export async function somebodyWaits(database: Database): Promise<void> {
  const locked = `select count(*)::integer as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
  const waits = async () => (await database.query<{ n: number }>(locked)).rows[0]?.n;
  await expect.poll(waits, { timeout: 10_000 }).toBeGreaterThan(0);
}
