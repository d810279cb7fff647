import { z } from 'zod';
import type { Config } from '../../config/index.ts';
import { findingOf, type Finding } from './finding.ts';

const healthSchema = z.object({ database: z.string(), version: z.string().optional() });
const longestMs = 5000;

/** Whether Grafana answers, and hands out the keys that identities are checked with. */
export function lookAtGrafana({ grafanaUrl: url }: Config): Promise<Finding> {
  return findingOf('Grafana', 'check DTDQM_GRAFANA_URL and that Grafana runs', async () => {
    if (url === undefined) return { state: 'skipped', found: 'DTDQM_GRAFANA_URL is not set' };
    const base = url.replace(/\/+$/, '');
    const health = await ask(`${base}/api/health`);
    const elsewhere = health.headers.get('location');
    if (elsewhere !== null) {
      const found = `${url} redirects to ${elsewhere}; keys are not fetched from there`;
      return { state: 'failure', found, fix: 'set DTDQM_GRAFANA_URL to the address that it redirects to' };
    }
    const told = healthSchema.safeParse(await health.json().catch(() => undefined));
    if (!told.success)
      throw new Error(`${base}/api/health answers ${health.status} without health; is this Grafana?`);
    const { version, database } = told.data;
    if (database !== 'ok') {
      return { state: 'failure', found: `its own database is "${database}"`, fix: 'see the log of Grafana' };
    }
    const keys = await ask(`${base}/api/signing-keys/keys`);
    const found = `version ${version ?? 'not told'} at ${url}`;
    if (keys.ok) return { state: 'ok', found };
    const fix = 'enable the feature idForwarding in Grafana 10.4 or newer, or unset DTDQM_GRAFANA_URL';
    return { state: 'warning', found: `${found}; signing keys answer ${keys.status}`, fix };
  });
}

async function ask(address: string): Promise<Response> {
  try {
    return await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(longestMs) });
  } catch (error) {
    // What fetch says itself is "fetch failed".
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    throw new Error(`${address} cannot be asked: ${reason}`, { cause });
  }
}
