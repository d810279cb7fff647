import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import type { TestProject } from 'vitest/node';
import { readConfig } from '../../worker/src/config/index.ts';
import { startMonitor, type Monitor } from '../../worker/src/main.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    grafana: { url: string; user: string; password: string; databaseUrl: string | null };
  }
}

const runs = 4;

/** A monitor with a simulated detector and the Grafana of this machine over it, unless GRAFANA_URL names one that runs. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const {
    GRAFANA_HOME,
    GRAFANA_URL,
    GRAFANA_USER = 'admin',
    GRAFANA_PASSWORD = '',
    DATABASE_URL = null,
  } = process.env;
  if (GRAFANA_URL !== undefined) {
    const url = GRAFANA_URL.replace(/\/$/, '');
    project.provide('grafana', {
      url,
      user: GRAFANA_USER,
      password: GRAFANA_PASSWORD,
      databaseUrl: DATABASE_URL,
    });
    return () => Promise.resolve();
  }
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'dtdqm-e2e-grafana-'));
  const log = pino({ level: 'warn' });
  const config = readConfig({
    ...(GRAFANA_HOME === undefined ? {} : { GRAFANA_HOME }),
    DTDQM_DATA_DIR: dataDirectory,
    API_PORT: '0',
    DTDQM_GRAFANA_PORT: '0',
  });
  const parts = { api: true, worker: true, grafana: true };
  const monitor = await startMonitor({ config, log, parts, source: { runs } });
  try {
    await untilScored(monitor);
    const { url = '', adminPasswordFile = '' } = monitor.grafana ?? {};
    const password = (await readFile(adminPasswordFile, 'utf8')).trim();
    project.provide('grafana', { url, user: 'admin', password, databaseUrl: monitor.storage.url });
    return async () => {
      await monitor.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    };
  } catch (error) {
    await monitor.stop();
    throw error;
  }
}

async function untilScored({ database }: Monitor): Promise<void> {
  for (const deadline = Date.now() + 180_000; Date.now() < deadline; await delay(500)) {
    const { rows } = await database.query<{ done: number }>(
      `select count(*)::integer as done from run where model is not null`,
    );
    if ((rows[0]?.done ?? 0) >= runs) return;
  }
  throw new Error(`the worker has not scored ${runs} runs within three minutes`);
}
