import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Logger } from 'pino';
import {
  isServerStarting,
  isAnswerMissing,
  retryAfterConflicts,
  StorageError,
  retryWhileUnavailable,
} from './connectionErrors.ts';

export type Database = pg.Pool;

/** A pool or one client inside a transaction: whatever a query can be sent to. */
export interface Queryable {
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<R>>;
  query<R extends pg.QueryResultRow>(statement: Prepared): Promise<pg.QueryResult<R>>;
}

/**
 * A statement that every connection parses and plans once, for those whose planning takes longer than their work. The same
 * name must always mean the same text.
 */
export interface Prepared {
  name: string;
  text: string;
  values: unknown[];
}

export interface DatabaseOptions {
  url: string;
  log: Pick<Logger, 'warn'>;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
  /** Greatest number of connections; 10 unless set. */
  connections?: number;
  /** Longest that one statement may take; 30 s unless set. */
  statementTimeoutMs?: number;
}

/** How much longer than the server's own limit we wait for an answer before we take the connection for dead. */
const answerGraceMs = 5000;

/** How long a server that is there but cannot serve us yet is waited for before we give up. */
const firstAnswerMs = 15_000;

/**
 * Opens a pool and makes sure that the server answers. One that is starting, or hangs up, gets 15 s; a wrong address fails
 * at once.
 *
 * @throws {StorageError} in one line, without the password, when it does not.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const where = describeUrl(options.url);
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  const limits = `set statement_timeout = ${statementTimeoutMs}; set idle_in_transaction_session_timeout = 60000`;
  // By statements: poolers refuse them as parameters of the start. The pool waits for it, which its type does not say.
  const setLimits = ((client) => client.query(limits)) as (client: pg.ClientBase) => void;
  const pool = new PatientPool({
    connectionString: options.url,
    application_name: options.applicationName ?? 'dtdqm',
    max: options.connections ?? 10,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    onConnect: setLimits,
    // The server's limit is of no use when the server, or the network to it, has silently gone.
    query_timeout: statementTimeoutMs + answerGraceMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  // Without handlers the loss of a connection would end the process: the pool's is for idle ones, the client's for one
  // that is checked out and waits between two statements of a transaction, whose next statement then fails.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', (error) => {
    // Connections are told to end and not waited for: an embedded server that stops may be faster.
    if (!pool.ending)
      options.log.warn({ error: error.message }, `lost a connection to the database ${where}`);
  });
  try {
    await retryWhileUnavailable(() => refuseSharedSessions(pool, options.url, where), {
      log: options.log,
      longestMs: firstAnswerMs,
      isTransient: isServerStarting,
    });
    return pool;
  } catch (error) {
    await pool.end();
    if (error instanceof StorageError) throw error;
    throw new StorageError(`database ${where} cannot be used: ${causeOf(error)}. Check DATABASE_URL`);
  }
}

/**
 * A pooler in transaction mode gives every transaction whatever connection is free, so that locks of a session are left behind,
 * notifications never come and prepared statements are those of others. Found out by a mark that a session leaves: another one must
 * not find it.
 *
 * @throws {StorageError} that says what to set.
 */
async function refuseSharedSessions(pool: Database, url: string, where: string): Promise<void> {
  const mark = randomUUID();
  const first = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
  });
  first.on('error', () => undefined);
  const second = await pool.connect();
  try {
    await first.connect();
    await first.query(`select set_config('dtdqm.session', $1, false)`, [mark]);
    await second.query('begin');
    const { rows } = await second.query<{ found: string | null }>(
      `select current_setting('dtdqm.session', true) as found`,
    );
    await second.query('rollback');
    if (rows[0]?.found !== mark) return;
  } finally {
    second.release();
    await first.end().catch(() => undefined);
  }
  throw new StorageError(
    `database ${where} cannot be used: a pooler shares its sessions (pool_mode = transaction), and locks, notifications and prepared statements need their own. ` +
      'Set pool_mode = session for it, or give the address of PostgreSQL itself in DATABASE_URL',
  );
}

/** A statement of its own is a transaction of its own: one that lost against others is sent again. */
class PatientPool extends pg.Pool {
  // The overloads of pg, of which this is the one that we use.
  override query = ((statement: string, values?: unknown[]) =>
    retryAfterConflicts(() => super.query(statement, values))) as pg.Pool['query'];
}

/**
 * Runs `work` in one transaction: all of it is stored, or nothing is when it throws. When it lost against other transactions
 * it is done again from the start, so `work` must change nothing but the database.
 */
export function transaction<T>(database: Database, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return retryAfterConflicts(() => transactionOnce(database, work));
}

/** As `transaction`, for work that cannot be done again, such as reading a stream. */
export async function transactionOnce<T>(
  database: Database,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await database.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    // A rollback would queue up behind the statement that is not answered; the server rolls back when we hang up.
    if (isAnswerMissing(error)) broken = error as Error;
    else await client.query('rollback').catch((failure: Error) => (broken = failure));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** `host:port/name` of a database address, for people: no user, no password. */
export function describeUrl(url: string): string {
  try {
    const { host, hostname, pathname } = new URL(url);
    return hostname.startsWith('%2F')
      ? `socket ${decodeURIComponent(hostname)}, ${pathname.slice(1)}`
      : `${host}${pathname}`;
  } catch {
    throw new StorageError(
      'DATABASE_URL is not an address of the form postgres://user:password@host:port/name',
    );
  }
}

function causeOf(error: unknown): string {
  // Node reports a host with several addresses as one AggregateError with an empty message.
  if (error instanceof AggregateError) return error.errors.map(causeOf).join('; ');
  return error instanceof Error ? error.message || error.name : String(error);
}
