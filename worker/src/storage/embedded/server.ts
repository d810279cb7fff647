import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Presence, announcePresence } from '../advisoryLocks.ts';
import { StorageError } from '../connectionErrors.ts';
import { chooseAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { clusterExists, clusterPaths, clusterUrl, createCluster, freePort } from './cluster.ts';
import { makeDataDirectory, refuseFullDisk } from './dataDirectory.ts';
import { runningPostmaster, startPostmaster, stopPostmaster, stopPostmasterNow } from './postmaster.ts';

export interface EmbeddedPostgres {
  /** Address for clients, also after the server was started again; holds the password, so never print it. */
  url: string;
  port: number;
  /** Another process had started the server and this one joined it. */
  joined: boolean;
  /** Settles with the reason when the server went away and cannot be brought back. */
  lost: Promise<StorageError>;
  /** Leaves; the last process that leaves stops the server, which may take `fastMs` (30 s unless set) to write everything down. */
  stop(fastMs?: number): Promise<void>;
}

export interface EmbeddedOptions {
  /** Holds everything embedded; the database goes into `postgres` below it. */
  dataDirectory: string;
  /** False gives up crash safety for speed, for tests only. */
  durable?: boolean;
  /** Of the processes that ask for this, one at a time may use the data directory. */
  singleInstance?: boolean;
  log?: Pick<Logger, 'warn'>;
  /** Gives the start up; no process is left then. */
  signal?: AbortSignal | undefined;
}

/** Nothing but this machine can connect, and only with the password; quiet logs, a week of them. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_connections: '100',
  logging_collector: 'on',
  log_filename: 'postgres-%a.log',
  log_truncate_on_rotation: 'on',
  log_checkpoints: 'off',
  jit: 'off',
};
/** For tests, of which several files with many workers each share one server. */
const hasty = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;
/** The same for a server that was just started for somebody who does not wait for it any more. */
const givenUpMs = 1000;
/** Starts that may fail in a row: two processes that start at once are in each other's way, and a port may be taken meanwhile. */
const attempts = 3;

/**
 * Starts PostgreSQL in the data directory, or joins the one that another process of ours runs there; makes it on first use.
 * A server that goes away is started again, on the same port, for as long as this process uses it.
 *
 * @throws {StorageError} in one line that names what is wrong.
 */
export async function startEmbeddedPostgres({
  dataDirectory,
  durable = true,
  singleInstance = false,
  log = { warn: () => undefined },
  signal,
}: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const root = await makeDataDirectory(dataDirectory);
  const paths = clusterPaths(path.join(root, 'postgres'));
  const { cluster } = paths;
  const binaries = await findBinaries();
  const account = await chooseAccount([root, binaries.home]);
  if (!(await clusterExists(paths))) {
    await refuseFullDisk(root);
    await createCluster(paths, binaries, account, { durable, signal });
  }
  // However we end, if we can do anything at all then.
  const stopNow = () => stopPostmasterNow(cluster);
  process.on('exit', stopNow);

  /** Whether the server that runs is ours to stop when it shall not be used after all. */
  let isStarted = false;

  /** Joins the server that runs, or starts it. */
  async function reach(
    port: number | undefined,
    given: AbortSignal | undefined,
  ): Promise<{ presence: Presence; port: number; hasStarted: boolean }> {
    let failure: unknown;
    let starts = 0;
    for (const deadline = Date.now() + startTimeoutMs; Date.now() < deadline; await delay(100)) {
      given?.throwIfAborted();
      const running = await runningPostmaster(cluster);
      if (running?.isReady) {
        try {
          const presence = await announcePresence(await clusterUrl(paths, running.port), {
            exclusively: singleInstance,
          });
          if (presence !== 'taken') return { presence, port: running.port, hasStarted: starts > 0 };
        } catch (error) {
          failure = new StorageError(
            `PostgreSQL process ${running.pid} in ${cluster} does not take connections: ${(error as Error).message}`,
          );
          continue;
        }
        throw new StorageError(
          `another monitor is running on the data directory ${dataDirectory}; stop it, or set DTDQM_DATA_DIR to another folder`,
        );
      }
      if (running !== undefined) {
        failure = new StorageError(
          `PostgreSQL process ${running.pid} holds ${cluster} but does not answer; end it ("kill ${running.pid}") and start again`,
        );
        continue;
      }
      if (starts === attempts) break;
      starts += 1;
      try {
        await startPostmaster({
          cluster,
          postgres: binaries.postgres,
          account,
          settings: { ...settings, ...(durable ? {} : hasty), port: String(port ?? (await freePort())) },
          signal: given,
          longestMs: startTimeoutMs,
        });
        isStarted = true;
      } catch (error) {
        given?.throwIfAborted();
        failure = error;
      }
    }
    throw failure;
  }

  /** Stops it, unless others use it by now. */
  async function leaveStarted(): Promise<void> {
    const running = await runningPostmaster(cluster);
    if (running === undefined) return;
    const url = await clusterUrl(paths, running.port);
    const presence = await announcePresence(url).catch(() => undefined);
    if (presence === undefined || presence === 'taken') stopNow();
    else await presence.leave(() => stopPostmaster(cluster, givenUpMs));
  }

  const leaving = new AbortController();
  try {
    const { port, hasStarted, ...first } = await reach(undefined, signal);
    let { presence } = first;
    if (!hasStarted) void sayIfOrphan(presence, port, log);
    const lost = keepUp(
      log,
      leaving.signal,
      () => presence.ended,
      async () => {
        ({ presence } = await reach(port, leaving.signal));
      },
    );
    return {
      url: await clusterUrl(paths, port),
      port,
      joined: !hasStarted,
      lost,
      async stop(fastMs = stopTimeoutMs) {
        leaving.abort(new Error('the database is being left'));
        await presence.leave(() => stopPostmaster(cluster, fastMs));
        process.off('exit', stopNow);
      },
    };
  } catch (error) {
    if (isStarted) await leaveStarted();
    process.off('exit', stopNow);
    throw error;
  }
}

/** Two that start at once look alike for a moment. */
const orphanCheckMs = 1000;

async function sayIfOrphan(presence: Presence, port: number, log: Pick<Logger, 'warn'>): Promise<void> {
  const isAlone = async () => !(await presence.hasCompany().catch(() => true));
  if (!(await isAlone())) return;
  await delay(orphanCheckMs, undefined, { ref: false });
  if (await isAlone())
    log.warn({ port }, 'a monitor that was killed left its database running; it is taken over');
}

/** A server that has run for so long is not counted as one that fails again and again. */
const soundMs = 60_000;
/** Pauses before the server is started again: 0.25, 0.5, 1 .. 8 s; then it is given up. */
const pauses = [0.25, 0.5, 1, 2, 4, 8].map((seconds) => seconds * 1000);

/**
 * Brings the server back whenever it goes away, until we leave.
 *
 * @param ended settles when the present connection has.
 * @returns the reason, once it cannot be brought back.
 */
async function keepUp(
  log: Pick<Logger, 'warn'>,
  leaving: AbortSignal,
  ended: () => Promise<void>,
  bringBack: () => Promise<void>,
): Promise<StorageError> {
  const never = new Promise<never>(() => undefined);
  let failures = 0;
  let cause: unknown = new Error('it ends again and again');
  for (;;) {
    const since = Date.now();
    await ended();
    if (leaving.aborted) return never;
    if (Date.now() - since > soundMs) failures = 0;
    log.warn('the embedded PostgreSQL went away; it is started again');
    for (let isBack = false; !isBack;) {
      const pause = pauses[failures++];
      if (pause === undefined) {
        return new StorageError(
          `the embedded PostgreSQL went away and could not be kept running in ${pauses.length} tries: ${(cause as Error).message}. Look for a full disk, too little memory, or somebody who ends it, then start again; nothing that was stored is lost`,
          { cause },
        );
      }
      try {
        await delay(pause, undefined, { signal: leaving });
        await bringBack();
        isBack = true;
      } catch (error) {
        if (leaving.aborted) return never;
        cause = error;
        log.warn(
          { error: (error as Error).message },
          'the embedded PostgreSQL cannot be started; trying again',
        );
      }
    }
    log.warn('the embedded PostgreSQL is back');
  }
}
