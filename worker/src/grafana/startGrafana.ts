import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { GrafanaError } from './error.ts';
import { findGrafana } from './findGrafana.ts';
import { layOut } from './layOut.ts';
import { ensureReader, readerRole } from './readerRole.ts';
import { grafanaSecrets } from './secrets.ts';

export interface GrafanaOptions {
  dataDirectory: string;
  /** Of the running monitor; its user must be able to make the role with which Grafana reads. Holds the password. */
  databaseUrl: string;
  /** Root address of the running API, which must want the token of {@link grafanaApiToken}. */
  apiUrl: string;
  apiToken: string;
  log: Pick<Logger, 'info' | 'warn'>;
  /** 3000 unless set; 0 takes a free one. */
  port?: number;
  host?: string;
  /** Where alerts are sent; nowhere unless set. See provisioning/notifications. */
  notifications?: string;
  env?: NodeJS.ProcessEnv;
}

export interface RunningGrafana {
  url: string;
  /** File that holds the password of the user admin. */
  adminPasswordFile: string;
  /** Settles when Grafana has ended, by itself too. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/** The token that the API must want when Grafana stands in front of it: without one, everybody would be the local admin. */
export async function grafanaApiToken(dataDirectory: string): Promise<string> {
  return (await grafanaSecrets(dataDirectory)).apiToken;
}

/**
 * Starts the Grafana that is installed on this machine over the running monitor, with its configuration and data in
 * `<data directory>/grafana`, and waits until it answers.
 *
 * @throws {GrafanaError} in one line when there is none, the plugin is not built, the port is taken, or it ends early.
 */
export async function startGrafana(options: GrafanaOptions): Promise<RunningGrafana> {
  const {
    dataDirectory,
    databaseUrl,
    apiUrl,
    apiToken,
    log,
    host = '127.0.0.1',
    env = process.env,
  } = options;
  const program = await findGrafana(env);
  if (program === null) {
    throw new GrafanaError(
      'no Grafana found on PATH; install one (9.4 or newer), or unpack an archive and name its folder in GRAFANA_HOME',
    );
  }
  const port = await freePort(host, options.port ?? 3000);
  const folder = path.join(dataDirectory, 'grafana');
  const { adminPassword, readerPassword, secretKey } = await grafanaSecrets(dataDirectory);
  await ensureReader(databaseUrl, readerPassword);
  const notifications = options.notifications ?? 'nowhere';
  const ini = await layOut({ host, port, folder, adminPassword, secretKey, notifications });

  const database = new URL(databaseUrl);
  const child = spawn(program.command, [...program.args, '--homepath', program.home, '--config', ini], {
    env: {
      ...env,
      DTDQM_DASHBOARDS: path.join(folder, 'provisioning', 'dashboards'),
      DTDQM_DB_HOST: `${database.hostname}:${database.port || '5432'}`,
      DTDQM_DB_NAME: database.pathname.slice(1),
      DTDQM_DB_USER: readerRole,
      DTDQM_DB_PASSWORD: readerPassword,
      DTDQM_DB_SSLMODE: database.searchParams.get('sslmode') ?? 'disable',
      DTDQM_API_URL: apiUrl.replace(/\/$/, ''),
      DTDQM_API_TOKEN: apiToken,
    },
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const url = `http://${host}:${port}`;
  const stop = () => end(child, ended);
  try {
    await untilHealthy(url, child, path.join(folder, 'log', 'grafana.log'));
  } catch (error) {
    await stop();
    throw error;
  }
  log.info({ url, home: program.home }, 'Grafana answers');
  return { url, adminPasswordFile: path.join(folder, 'secrets', 'admin-password'), ended, stop };
}

/** A first start fills Grafana's own database, which takes a slow machine half a minute. */
const startSeconds = 120;

async function untilHealthy(url: string, child: ChildProcess, logFile: string): Promise<void> {
  const deadline = Date.now() + startSeconds * 1000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      throw new GrafanaError(`Grafana has ended before it answered; ${logFile} says why`);
    }
    const isHealthy = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(2000) }).then(
      async (response) => response.ok && ((await response.json()) as { database?: string }).database === 'ok',
      () => false,
    );
    if (isHealthy) return;
    await delay(200);
  }
  throw new GrafanaError(`Grafana has not answered at ${url} for ${startSeconds} s; see ${logFile}`);
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const killing = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(killing);
}

function freePort(host: string, wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${error.code})`;
      reject(new GrafanaError(`port ${wanted} for Grafana ${reason}; choose another one`));
    });
    server.listen(wanted, host, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : wanted;
      server.close(() => resolve(port));
    });
  });
}
