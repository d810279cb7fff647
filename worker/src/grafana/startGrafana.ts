import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { openPlugin } from '@dtdqm/plugin/open';
import { startChild, type Child } from './child.ts';
import { GrafanaError } from './error.ts';
import type { GrafanaProgram } from './findGrafana.ts';
import { layOut } from './layOut.ts';
import type { NotificationName } from './notifications.ts';
import { ensureReader, readerRole } from './readerRole.ts';
import { grafanaSecrets } from './secrets.ts';
import { warnIfOld } from './version.ts';

export interface GrafanaOptions {
  program: GrafanaProgram;
  dataDirectory: string;
  /** Of the running monitor; its user must be able to make the role with which Grafana reads. Holds the password. */
  databaseUrl: string;
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
    warnIfOld(version, log);
  } catch (error) {
    await stop();
    throw error;
  }
  void child.ended.then(() => {
    if (!stopping) log.error(`Grafana has ended; ${logFile} says why. The monitor goes on without it`);
  });
  return { url, adminPasswordFile: path.join(folder, 'secrets', 'admin-password'), stop };
}

/** What provisioning files are filled in with. The monitor's own settings and secrets stay with it. */
function environment(
  { databaseUrl, apiUrl, apiToken, alertEmail = '', alertWebhook = '' }: GrafanaOptions,
  folder: string,
  readerPassword: string,
): NodeJS.ProcessEnv {
  const database = new URL(databaseUrl);
  const inherited = Object.entries(process.env).filter(([name]) => !/^(DTDQM|DQM|API|DATABASE)_/.test(name));
  return {
    ...Object.fromEntries(inherited),
    DTDQM_DASHBOARDS: path.join(folder, 'provisioning', 'dashboards'),
    DTDQM_DB_HOST: `${database.hostname}:${database.port || '5432'}`,
    DTDQM_DB_NAME: database.pathname.slice(1),
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
