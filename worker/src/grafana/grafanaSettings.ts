import type { Config } from '../config/index.ts';
import { grafanaApiToken } from './startGrafana.ts';

/**
 * What the monitor must be started with so that Grafana can stand in front of it: a token, because without one everybody on
 * this machine is the local admin, viewers of Grafana included.
 */
export async function grafanaSettings({
  apiToken,
  dataDirectory,
}: Pick<Config, 'apiToken' | 'dataDirectory'>): Promise<{ apiToken: string }> {
  return { apiToken: apiToken ?? (await grafanaApiToken(dataDirectory)) };
}
