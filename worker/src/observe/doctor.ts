import path from 'node:path';
import type { Config } from '../config/index.ts';
import { access, stat, statfs } from 'node:fs/promises';
import { openDatabase, describeUrl, type Database } from '../storage/database.ts';
import { startEmbeddedPostgres } from '../storage/embedded/server.ts';
import { replicaLag } from '../storage/replica.ts';
import { schemaState } from '../storage/migrate.ts';
import { inspectCertificate } from '../dqm/certificate.ts';
import { firstPresent } from '../dqm/source.ts';
import { openClient } from '../source.ts';
import { type ChamberId, formatChamber } from '@dtdqm/contract';
import { createScorer } from '@dtdqm/detector';
import { z } from 'zod';

/** What one look at one part of the installation found. */
export interface Finding {
  part: string;
  /** `warning` works and will not for long, or not well; `skipped` does not apply here. */
  state: 'ok' | 'warning' | 'failure' | 'skipped';
  found: string;
  /** What to do about it; absent when there is nothing to do. */
  fix?: string;
}

/** A look that went wrong is a finding itself: its message is one line for people. */
async function findingOf(
  part: string,
  fix: string,
  look: () => Promise<Omit<Finding, 'part'>>,
): Promise<Finding> {
  try {
    return { part, ...(await look()) };
  } catch (error) {
    return { part, state: 'failure', found: error instanceof Error ? error.message : String(error), fix };
  }
}

/** Looks at every part of an installation. Never throws: what cannot be looked at is a finding. */
export async function examine(config: Config): Promise<Finding[]> {
  const findings = await Promise.all([
    lookAtDatabase(config),
    lookAtDqm(config),
    lookAtScoring(config),
    lookAtDisk(config),
    lookAtGrafana(config),
  ]);
  return findings.flat();
}

const waitsLongSeconds = 600;

/** Database, schema, clock and queue. Changes nothing: an embedded database that was never made is not made here. */
export async function lookAtDatabase(config: Config): Promise<Finding[]> {
  const { databaseUrl, dataDirectory } = config;
  if (databaseUrl === undefined && !(await exists(path.join(dataDirectory, 'postgres')))) {
    const found = `no embedded database in ${dataDirectory} yet`;
    return [{ part: 'database', state: 'warning', found, fix: 'it is made at the first "dtdqm start"' }];
  }
  let embedded: Awaited<ReturnType<typeof startEmbeddedPostgres>> | undefined;
  let database: Database | undefined;
  const opened = await findingOf('database', 'see the message; is PostgreSQL running?', async () => {
    if (databaseUrl === undefined) embedded = await startEmbeddedPostgres({ dataDirectory });
    const url = databaseUrl ?? embedded?.url ?? '';
    database = await openDatabase({ url, log: { warn: () => undefined }, connections: 2 });
    const { rows } = await database.query<{ version: string; size: string }>(
      `select current_setting('server_version') as version, pg_size_pretty(pg_database_size(current_database())) as size`,
    );
    const kind = embedded === undefined ? describeUrl(url) : `embedded in ${dataDirectory}`;
    return { state: 'ok', found: `PostgreSQL ${rows[0]?.version}, ${kind}, ${rows[0]?.size}` };
  });
  try {
    if (database === undefined) return [opened];
    const schema = await lookAtSchema(database);
    const clock = await lookAtClock(database);
    // Without our tables there is no queue to look at.
    const replica = await lookAtReplica(database, config);
    return schema.state === 'ok'
      ? [opened, schema, clock, replica, await lookAtQueue(database)]
      : [opened, schema, clock, replica];
  } finally {
    await (database as Database | undefined)?.end();
    await embedded?.stop();
  }
}

function lookAtSchema(database: Database): Promise<Finding> {
  return findingOf('schema', 'restore the back-up, or upgrade the monitor', async () => {
    const { known, pending, newer } = await schemaState(database);
    if (newer.length > 0) {
      const fix = 'run the newer version of the monitor, or restore the back-up made before the upgrade';
      return { state: 'failure', found: `made by a newer version: ${newer.join(', ')}`, fix };
    }
    if (pending.length > 0) {
      return {
        state: 'warning',
        found: `not applied yet: ${pending.join(', ')}`,
        fix: 'run "dtdqm migrate"',
      };
    }
    return { state: 'ok', found: `up to date: ${known.at(-1)}` };
  });
}

function lookAtClock(database: Database): Promise<Finding> {
  return findingOf('clock', 'synchronise the clocks (NTP)', async () => {
    const before = Date.now();
    const { rows } = await database.query<{ now: Date }>('select clock_timestamp() as now');
    // The answer was made somewhere between question and arrival.
    const middle = (before + Date.now()) / 2;
    const off = Math.round(((rows[0]?.now.getTime() ?? middle) - middle) / 100) / 10;
    const found = `${Math.abs(off)} s ${off >= 0 ? 'behind' : 'ahead of'} the database's`;
    // The monitor itself lives by the database's clock; signed identities and certificates live by ours.
    if (Math.abs(off) < 5) return { state: 'ok', found };
    return { state: 'warning', found, fix: 'synchronise the clocks (NTP): signed identities may be refused' };
  });
}

/** From when on the dashboards that read it say how old it is (reporting.replica_age). */
const oldReplicaSeconds = 60;

function lookAtReplica(database: Database, { reportingUrl }: Config): Promise<Finding> {
  const fix =
    'see its log and docs/operations/database.md; until it follows, dashboards show old data and say so';
  return findingOf('replica', fix, async () => {
    if (reportingUrl === undefined) return { state: 'skipped', found: 'DTDQM_REPORTING_URL is not set' };
    const { bytes, seconds } = await replicaLag(database, reportingUrl);
    const where = describeUrl(reportingUrl);
    if (bytes === 0) return { state: 'ok', found: `${where} shows all` };
    const age = Number.isNaN(seconds)
      ? 'has had no change since its start'
      : `shows what was ${Math.round(seconds)} s ago`;
    const found = `${where} ${age}, ${(bytes / 1e6).toFixed(1)} MB behind`;
    return seconds <= oldReplicaSeconds ? { state: 'ok', found } : { state: 'warning', found, fix };
  });
}

function lookAtQueue(database: Database): Promise<Finding> {
  return findingOf('queue', 'run "dtdqm migrate"', async () => {
    const { rows } = await database.query<{ waiting: number; age: number | null; errors: number }>(
      `select (select coalesce(sum(jobs), 0)::integer from reporting.job_counts() where state in ('created', 'retry')) as waiting,
              (select extract(epoch from now() - min(oldest))::integer from reporting.job_counts() where state in ('created', 'retry')) as age,
              (select count(*)::integer from run where status = 'ERROR') as errors`,
    );
    const { waiting = 0, age = null, errors = 0 } = rows[0] ?? {};
    const found = `${waiting} jobs wait, the oldest for ${age ?? 0} s; ${errors} runs are in error`;
    if ((age ?? 0) > waitsLongSeconds) {
      return { state: 'warning', found, fix: 'start a worker ("dtdqm worker"), or more of them' };
    }
    return { state: 'ok', found };
  });
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** A run takes about 1.5 MB with its scores and saliency (docs/scaling.md): room for a thousand, and for the database's log. */
const scarceBytes = 5e9;
const leastBytes = 1e9;

/** Room where the embedded database lies. A full disk stops PostgreSQL; nothing is lost, and nothing new is stored. */
export function lookAtDisk({ dataDirectory, databaseUrl }: Config): Promise<Finding> {
  return findingOf('disk', 'check DTDQM_DATA_DIR', async () => {
    if (databaseUrl !== undefined)
      return { state: 'skipped', found: 'the database is not on this machine or not ours' };
    const { bavail, bsize } = await statfs(await existingPart(dataDirectory));
    const free = bavail * bsize;
    const found = `${(free / 1e9).toFixed(1)} GB free for ${dataDirectory}`;
    const fix = 'make room, or move DTDQM_DATA_DIR to a larger disk while the monitor is stopped';
    if (free < leastBytes) return { state: 'failure', found, fix };
    return free < scarceBytes ? { state: 'warning', found, fix } : { state: 'ok', found };
  });
}

/** The folder, or the nearest one above it that exists. */
async function existingPart(directory: string): Promise<string> {
  const there = await stat(directory).then(
    () => true,
    () => false,
  );
  const above = path.dirname(directory);
  return there || above === directory ? directory : existingPart(above);
}

/** Time to ask for a new certificate and to install it. */
const renewDays = 21;

/** The client certificate, and whether the server lists runs and shows a histogram for it. */
export async function lookAtDqm(config: Config): Promise<Finding[]> {
  const { dqmUrl: url } = config;
  if (url === undefined) {
    return [
      { part: 'DQM server', state: 'skipped', found: 'DQM_URL is not set: a simulated detector is used' },
    ];
  }
  return [await lookAtCertificate(config), await askDqm(config, url)];
}

function lookAtCertificate({ dqmCert: file, dqmPassphraseFile }: Config): Promise<Finding> {
  return findingOf('certificate', 'see the message; DQM_CERT names the file', async () => {
    if (file === undefined) return { state: 'skipped', found: 'DQM_CERT is not set' };
    const { subject, validTo, daysLeft } = inspectCertificate(file, new Date(), dqmPassphraseFile);
    const found = `${subject}, until ${validTo.toISOString().slice(0, 10)} (${daysLeft} days)`;
    const fix = 'ask your certificate authority for a new one and put it in the place of the old';
    if (daysLeft < 0) return { state: 'failure', found: `expired: ${found}`, fix };
    return daysLeft < renewDays ? { state: 'warning', found, fix } : { state: 'ok', found };
  });
}

/** One of each station. */
const someChambers: readonly ChamberId[] = [
  { wheel: 0, station: 1, sector: 1 },
  { wheel: -2, station: 2, sector: 7 },
  { wheel: 1, station: 3, sector: 4 },
  { wheel: 0, station: 4, sector: 10 },
];

function askDqm(config: Config, url: string): Promise<Finding> {
  const fix = 'see the message; check DQM_URL, the network and the certificate';
  return findingOf('DQM server', fix, async () => {
    const source = openClient(config, url);
    try {
      const started = performance.now();
      const { runs } = await source.listRuns({ dataset: config.dqmDataset });
      const newest = runs[0];
      if (newest === undefined) {
        const found = `${url} answers, and lists no run of ${config.dqmDataset}`;
        return { state: 'warning', found, fix: 'check DQM_DATASET' };
      }
      const listed = `${url} lists ${runs.length} runs up to ${newest.run}`;
      // A server may list runs in the form of one dialect and have histograms in that of the other only.
      const shown = await firstPresent(source, newest, someChambers);
      if (shown === undefined) {
        const found = `${listed}, which has no histogram of ${someChambers.map(formatChamber).join(', ')}`;
        return {
          state: 'warning',
          found,
          fix: 'is the run young? Otherwise check DQM_DIALECT and DQM_DATASET',
        };
      }
      return {
        state: 'ok',
        found: `${listed} and shows ${formatChamber(shown)} of it, in ${((performance.now() - started) / 1000).toFixed(1)} s`,
      };
    } finally {
      await source.close();
    }
  });
}

/** Which model scores, and what computes. */
export async function lookAtScoring(config: Config): Promise<Finding[]> {
  let model: string | undefined;
  const fix = 'see the message; DTDQM_MODEL_DIR names the model, DTDQM_SCORING_BACKEND what computes';
  const backend = await findingOf('backend', fix, async () => {
    const scorer = await createScorer({
      model: config.modelDirectory,
      backend: config.scoringBackend,
      threads: 1,
    });
    model = scorer.model;
    const { backendReason } = scorer;
    await scorer.close();
    return { state: 'ok', found: backendReason };
  });
  if (model === undefined) return [backend];
  return [backend, { part: 'model', state: 'ok', found: model }];
}

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
    throw new Error(`${address} cannot be asked: ${reason}`, { cause: error });
  }
}
