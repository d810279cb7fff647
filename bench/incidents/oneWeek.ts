import type { Logger } from 'pino';
import { type ChamberId, type Matrix, incidentStates, isSameChamber } from '@dtdqm/contract';
import type { Scorer } from '@dtdqm/detector';
import { sum } from '@dtdqm/contract/numbers';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { createPipeline } from '@dtdqm/worker/pipeline/pipeline';
import type { Database } from '@dtdqm/worker/storage/database';
import { getIncident, listIncidents } from '@dtdqm/worker/storage/incidents/read';
import { getRun } from '@dtdqm/worker/storage/runs';
import { openStorage } from '@dtdqm/worker/storage/storage';
import { type FaultResult, type Lived, compare } from './compare.ts';
import { type PlannedFault, inRun, lumisectionsOf, planWeek, week } from './plan.ts';
import { simulateChamber } from '@dtdqm/simulator/detector';
import { DqmError, type OccupancySource } from '@dtdqm/worker/dqm/source';
import { ruleGroups } from '../../provisioning/src/alerting/rules.ts';

export interface WeekResult {
  seed: string;
  faults: FaultResult[];
  falseOpenings: Lived[];
  messages: Message[];
  /** Incidents of the whole detector: short runs judge fewer chambers. The plan has none. */
  coverageFalls: Lived[];
  badLayersPerRun: number;
  /** Each would be a message of a rule that knows nothing of incidents: "a layer is bad". */
  runsWithBadLayers: number;
}

const dataset = 'Global/Online/ALL';

/**
 * One simulated week through the real pipeline, scorer and database, run after run as they would come.
 *
 * @param dataDirectory of the database; runs that an earlier call with the same scorer has stored there are used again.
 */
export async function liveThrough(
  seed: string,
  scorer: Scorer,
  dataDirectory: string,
  log: Logger,
): Promise<WeekResult> {
  const plan = planWeek(seed);
  const storage = await openStorage({ dataDirectory, log });
  const { database } = storage;
  const pipeline = createPipeline({
    database,
    source: weekSource(seed, plan, dataset),
    scorer: withoutSaliency(scorer),
    log,
    query: { dataset },
  });
  try {
    await startAnew(database);
    const watch = watchRules(database);
    const messages: Message[] = [];
    const badLayers: number[] = [];
    for (let run = week.firstRun; run < week.firstRun + week.runs; run++) {
      const stored = await getRun(database, run);
      if (stored?.model === scorer.model) await show(database, run);
      else await pipeline.fetchNow(run);
      await updateIncidents(database);
      messages.push(...(await watch(run)));
      badLayers.push((await getRun(database, run))?.badLayers ?? 0);
    }
    const lives = await livesOf(database);
    const coverageFalls = lives.filter(({ incident }) => incident.kind === 'coverage');
    const compared = compare(
      plan,
      lives.filter((each) => !coverageFalls.includes(each)),
    );
    return {
      seed,
      ...compared,
      messages,
      coverageFalls,
      badLayersPerRun: sum(badLayers) / week.runs,
      runsWithBadLayers: badLayers.filter((each) => each > 0).length,
    };
  } finally {
    await pipeline.stop();
    await storage.close();
  }
}

/** Runs kept from an earlier call are hidden from the ledger and the rules until their turn. */
async function startAnew(db: Database): Promise<void> {
  await db.query(
    'truncate incident_run, incident_finding, incident_checkpoint, incident, incident_sighting, incident_change',
  );
  await db.query('update incident_ledger set next_id = 1');
  await db.query(`update run set chambers = 0, status = 'LOADING'`);
}

async function show(db: Database, run: number): Promise<void> {
  await db.query(`update run set chambers = 250, status = 'FINISHED' where run = $1`, [run]);
}

async function livesOf(db: Database): Promise<Lived[]> {
  const incidents = await listIncidents(db, { states: incidentStates });
  return Promise.all(
    incidents.map(async (incident) => {
      const detail = await getIncident(db, incident.incident);
      return {
        incident,
        sightings: (detail?.sightings ?? []).map(({ run }) => run - week.firstRun),
        changes: (detail?.events ?? []).map(({ run, action }) => ({
          run: run - week.firstRun,
          change: action,
        })),
      };
    }),
  );
}

/** The ledger needs none, and it takes most of the time. */
function withoutSaliency(real: Scorer): Scorer {
  return { ...real, model: real.model, score: (chambers) => real.score(chambers, { saliency: false }) };
}

/** The simulated week as the pipeline sees it, without a server in between. */
function weekSource(seed: string, plan: readonly PlannedFault[], dataset: string): OccupancySource {
  return {
    listRuns: () =>
      Promise.resolve({
        runs: Array.from({ length: week.runs }, (_, index) => ({
          run: week.firstRun + index,
          dataset,
        })).reverse(),
        odd: [],
      }),
    fetchChamber: ({ run }, chamber) => Promise.resolve(matrixOf(seed, plan, run - week.firstRun, chamber)),
    listLumisections: () => Promise.resolve([]),
    fetchRunStart: ({ run }) => Promise.reject(new DqmError('absent', 'not simulated', { run })),
    fetchProgress: () => Promise.resolve({ lumisection: null, eventAt: null }),
    whereHistograms: () => Promise.resolve('nothing'),
    origin: () => 'simulated',
    ready: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function matrixOf(seed: string, plan: readonly PlannedFault[], run: number, chamber: ChamberId): Matrix {
  const faults = plan
    .filter((planned) => isSameChamber(planned.chamber, chamber))
    .flatMap((planned) => inRun(planned, run) ?? []);
  return simulateChamber({
    chamber,
    buildSeed: seed,
    runSeed: `${seed}:${run}`,
    lumisections: lumisectionsOf(seed, run),
    faults,
  }).matrix;
}

interface Message {
  run: number;
  rule: string;
  /** Alerts that the message tells of for the first time. */
  alerts: string[];
}

/** Those that ask somebody to act: answers and healing are told for information. */
const rules = ruleGroups
  .filter(({ name }) => name === 'DT incidents')
  .flatMap((group) => group.rules)
  .filter(({ severity }) => severity !== 'info');

/**
 * What Grafana would send after each run: the SQL of the provisioned rules, an alert for each set of labels, a message for
 * each rule that has a new one (grouped by rule, as provisioned). Reminders and all-clears are left out.
 */
function watchRules(database: Database): (run: number) => Promise<Message[]> {
  const firing = new Map<string, Set<string>>();
  return async (run) => {
    const messages: Message[] = [];
    for (const { uid, title, sql } of rules) {
      const { rows } = await database.query<Record<string, unknown>>(sql);
      const now = new Set(rows.map(labelsOf));
      const before = firing.get(uid) ?? new Set<string>();
      const alerts = [...now].filter((labels) => !before.has(labels));
      if (alerts.length > 0) messages.push({ run, rule: title, alerts });
      firing.set(uid, now);
    }
    return messages;
  };
}

/** Text columns are labels, numbers are values. */
function labelsOf(row: Record<string, unknown>): string {
  return Object.entries(row)
    .filter(([, value]) => typeof value === 'string')
    .map(([name, value]) => `${name}=${value as string}`)
    .join(', ');
}
