import type { Config } from '../config/index.ts';
import { requireGrafana } from './findGrafana.ts';
import { freePort } from './port.ts';
import { grafanaApiToken, startGrafana, type GrafanaOptions, type RunningGrafana } from './startGrafana.ts';

const host = '127.0.0.1';

export interface PreparedGrafana {
  /**
   * What the monitor must be started with: a token, because without one everybody on this machine is the local admin,
   * viewers of Grafana included.
   */
  settings: { apiToken: string };
  /** As people open it: behind a proxy that is what Grafana was told. */
  address: string;
  start(monitor: Pick<GrafanaOptions, 'databaseUrl' | 'apiUrl' | 'log' | 'signal'>): Promise<RunningGrafana>;
}

/**
 * Everything that can be known before the monitor runs.
 *
 * @throws {GrafanaError} in one line when there is no Grafana, or its port is taken.
 */
export async function prepareGrafana(config: Config): Promise<PreparedGrafana> {
  const { dataDirectory, grafanaHome, grafanaPort, notifications, alertEmail, alertWebhook } = config;
  const program = await requireGrafana({ PATH: process.env['PATH'], GRAFANA_HOME: grafanaHome });
  const port = await freePort(host, grafanaPort);
  const apiToken = config.apiToken ?? (await grafanaApiToken(dataDirectory));
  const own = { program, host, port, dataDirectory, apiToken, notifications, alertEmail, alertWebhook };
  const address = process.env['GF_SERVER_ROOT_URL'] ?? `http://${host}:${port}`;
  return { settings: { apiToken }, address, start: (monitor) => startGrafana({ ...own, ...monitor }) };
}
