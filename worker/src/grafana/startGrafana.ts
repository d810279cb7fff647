import { makeFolder } from '@dtdqm/detector/files';
import { endsWithUs } from '../childProcess.ts';
import type { Config } from '../config/index.ts';
import { GrafanaError, type GrafanaProgram, requireGrafana, tooOld } from './findGrafana.ts';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { openPlugin } from '@dtdqm/plugin/open';
import type { NotificationName } from '@dtdqm/contract';
import { ensureReader, grafanaSecrets, layOut, readerRole } from './installation.ts';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const host = '127.0.0.1';

export interface PreparedGrafana {
  /**
   * What the monitor must be started with: a token, because without one everybody on this machine is the local admin,
   * viewers of Grafana included.
   */
  settings: { apiToken: string };
  /** As people open it: behind a proxy that is what Grafana was told. */
  address: string;
  start(
    monitor: Pick<GrafanaOptions, 'databaseUrl' | 'reportingUrl' | 'apiUrl' | 'log' | 'signal'>,
  ): Promise<RunningGrafana>;
}

/**
 * Everything that can be known before the monitor runs.
 *
 * @throws {GrafanaError} in one line when there is no Grafana, its port is taken, or it would send no mail that it should.
 */
export async function prepareGrafana(config: Config): Promise<PreparedGrafana> {
  const { dataDirectory, grafanaHome, grafanaPort, notifications, alertEmail, alertWebhook } = config;
  // Without it Grafana sends no mail, and tells its log alone.
  if (notifications === 'email' && process.env['GF_SMTP_ENABLED'] !== 'true')
    throw new GrafanaError('GF_SMTP_ENABLED: must be true where DTDQM_NOTIFICATIONS is email');
  const program = await requireGrafana({ PATH: process.env['PATH'], GRAFANA_HOME: grafanaHome });
  const port = await freePort(host, grafanaPort);
  await makeFolder(dataDirectory);
  const apiToken = config.apiToken ?? (await grafanaApiToken(dataDirectory));
  const own = { program, host, port, dataDirectory, apiToken, notifications, alertEmail, alertWebhook };
  const address = process.env['GF_SERVER_ROOT_URL'] ?? `http://${host}:${port}`;
  return { settings: { apiToken }, address, start: (monitor) => startGrafana({ ...own, ...monitor }) };
}

export interface GrafanaOptions {
  program: GrafanaProgram;
  dataDirectory: string;
  /** Of the running monitor; its user must be able to make the role with which Grafana reads. Holds the password. */
  databaseUrl: string;
  /** Of the replica that dashboards read, if they do. */
  reportingUrl?: string | undefined;
  /** Root address of the running API, which must want the token of {@link grafanaApiToken}. */
  apiUrl: string;
  apiToken: string;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  host: string;
  /** A free one: see freePort. */
  port: number;
  notifications: NotificationName;
  alertEmail?: string | undefined;
  alertWebhook?: string | undefined;
  /** Gives the start up. */
  signal?: AbortSignal | undefined;
}

export interface RunningGrafana {
  url: string;
  /** File that holds the password of the user admin. */
  adminPasswordFile: string;
  stop(): Promise<void>;
}

/** The token that the API must want when Grafana stands in front of it: without one, everybody would be the local admin. */
export async function grafanaApiToken(dataDirectory: string): Promise<string> {
  return (await grafanaSecrets(dataDirectory)).apiToken;
}

/**
 * Starts a Grafana over the running monitor, with its configuration and data in `<data directory>/grafana`, and waits until
 * it answers. Builds the plugin when it is missing or of other sources.
 *
 * @throws {GrafanaError} in one line when the reader's role cannot be made, or Grafana ends early or does not answer.
 */
export async function startGrafana(options: GrafanaOptions): Promise<RunningGrafana> {
  const { program, dataDirectory, databaseUrl, log, host, port, notifications, signal } = options;
  const folder = path.join(dataDirectory, 'grafana');
  const { adminPassword, readerPassword, secretKey } = await grafanaSecrets(dataDirectory);
  await ensureReader(databaseUrl, readerPassword);
  const plugin = await openPlugin(() => log.info('building the Grafana plugin'));
  const ini = await layOut({ host, port, folder, adminPassword, secretKey, notifications, plugin });
  signal?.throwIfAborted();

  const url = `http://${host}:${port}`;
  const logFile = path.join(folder, 'log', 'grafana.log');
  log.info({ home: program.home }, 'starting Grafana');
  const child = startChild(
    program.command,
    [...program.args, '--homepath', program.home, '--config', ini],
    environment(options, folder, readerPassword),
  );
  let stopping = false;
  const stop = () => {
    stopping = true;
    return child.end();
  };
  try {
    const { version } = await untilHealthy(url, child, logFile, signal);
    log.info({ url, version }, 'Grafana answers');
    const isOld = tooOld(version);
    if (isOld) log.warn(isOld);
  } catch (error) {
    await stop();
    throw error;
  }
  void child.ended.then(() => {
    if (!stopping) log.error(`Grafana has ended; ${logFile} says why. The monitor goes on without it`);
  });
  return { url, adminPasswordFile: path.join(folder, 'secrets', 'admin-password'), stop };
}

/** As Grafana's data source names it: of a Unix socket its directory. */
function hostOf({ hostname, port }: URL): string {
  return hostname.startsWith('%2F') ? decodeURIComponent(hostname) : `${hostname}:${port || '5432'}`;
}

/** What provisioning files are filled in with. The monitor's own settings and secrets stay with it. */
function environment(
  { databaseUrl, reportingUrl, apiUrl, apiToken, alertEmail = '', alertWebhook = '' }: GrafanaOptions,
  folder: string,
  readerPassword: string,
): NodeJS.ProcessEnv {
  const database = new URL(databaseUrl);
  const reporting = new URL(reportingUrl ?? databaseUrl);
  const inherited = Object.entries(process.env).filter(([name]) => !/^(DTDQM|DQM|API|DATABASE)_/.test(name));
  return {
    ...Object.fromEntries(inherited),
    DTDQM_DASHBOARDS: path.join(folder, 'provisioning', 'dashboards'),
    DTDQM_DB_HOST: hostOf(database),
    DTDQM_REPORTING_HOST: hostOf(reporting),
    DTDQM_REPORTING_SSLMODE: reporting.searchParams.get('sslmode') ?? 'disable',
    DTDQM_DB_NAME: decodeURIComponent(database.pathname.slice(1)),
    DTDQM_DB_USER: readerRole,
    DTDQM_DB_PASSWORD: readerPassword,
    DTDQM_DB_SSLMODE: database.searchParams.get('sslmode') ?? 'disable',
    DTDQM_API_URL: apiUrl.replace(/\/$/, ''),
    DTDQM_API_TOKEN: apiToken,
    DTDQM_ALERT_EMAIL: alertEmail,
    DTDQM_ALERT_WEBHOOK: alertWebhook,
  };
}

/** A first start fills Grafana's own database, which takes a slow machine half a minute. */
const startSeconds = 120;

async function untilHealthy(
  url: string,
  child: Child,
  logFile: string,
  signal: AbortSignal | undefined,
): Promise<{ version: string }> {
  const deadline = Date.now() + startSeconds * 1000;
  while (Date.now() < deadline) {
    signal?.throwIfAborted();
    if (!child.isRunning()) {
      throw new GrafanaError(`Grafana has ended before it answered; ${logFile} says why`);
    }
    const health = await healthOf(url);
    if (health?.database === 'ok') return { version: health.version ?? '' };
    await delay(200);
  }
  throw new GrafanaError(`Grafana has not answered at ${url} for ${startSeconds} s; see ${logFile}`);
}

async function healthOf(url: string): Promise<{ database?: string; version?: string } | null> {
  try {
    const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(2000) });
    return response.ok ? ((await response.json()) as { database?: string; version?: string }) : null;
  } catch {
    return null;
  }
}

export interface Child {
  isRunning(): boolean;
  /** Settles when it has ended, by itself too. */
  ended: Promise<void>;
  /** Ends it in order, and by force when that takes too long. */
  end(): Promise<void>;
}

/** Less than the monitor takes for all its parts but the database (`graceMs` of main.ts), or Grafana would outlive it. */
const graceMs = 1000;

/** Starts a program that does not outlive us, however we end but for SIGKILL. */
export function startChild(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Child {
  const child = spawn(command, args, { env, stdio: 'ignore' });
  endsWithUs(child);
  let running = true;
  const ended = new Promise<void>((resolve) => {
    const onEnd = () => {
      running = false;
      resolve();
    };
    child.once('exit', onEnd);
    child.once('error', onEnd);
  });
  return {
    isRunning: () => running,
    ended,
    async end() {
      child.kill('SIGTERM');
      const killing = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(killing);
    },
  };
}

/**
 * A port that Grafana can listen on: the wanted one, or any when that is 0.
 *
 * @throws {GrafanaError} with the next step when it is taken.
 */
export function freePort(host: string, wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE'
          ? 'is in use, perhaps by another Grafana'
          : `cannot be used (${error.code})`;
      reject(
        new GrafanaError(
          `port ${wanted} on ${host} for Grafana ${reason}; stop that, or set DTDQM_GRAFANA_PORT to another port`,
        ),
      );
    });
    server.listen(wanted, host, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : wanted;
      server.close(() => resolve(port));
    });
  });
}
