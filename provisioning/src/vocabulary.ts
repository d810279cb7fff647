import { badLayerShares, freshMinutes, liveMinutes } from '@dtdqm/contract';

/** What dashboards, alert rules and provisioning files share; names that links depend on stand in contract/src/grafana.ts. */
export const dataSource = { type: 'postgres', uid: 'dtdqm-reporting' } as const;
/** What alert rules read: never a replica, of which they would not see that it is old, but for the one rule that asks it just that. */
export const primary = { type: 'postgres', uid: 'dtdqm-postgres' } as const;

/** Folder of the dashboards and of the alert rules. */
export const folder = 'DT occupancy';
export const tag = 'dt-occupancy';

/** Of the dashboard over Prometheus, which reads nothing of ours: any Prometheus that Grafana knows is chosen in it. */
export const processesUid = 'dtdqm-processes';
export const prometheus = { type: 'prometheus', uid: '${prometheus}' } as const;

/**
 * Every number that turns a colour or raises an alarm, in one place. Change it here, run `npm run provisioning`, restart
 * Grafana. Why each is what it is stands in docs/operations/alerting.md.
 */
export const thresholds = {
  /** Runs in a row in which a layer must be bad before it counts as lasting. */
  lastingRuns: 3,
  badShare: badLayerShares,
  /** Layers of one run that were good in the run before. Published: 0.1 % of 2,720 layers, about 3, in 10 lumisections. */
  emergingLayers: 20,
  /** Minutes without a newly stored run that could be judged: from when on displays say STALE, and a shift. */
  staleMinutes: { warning: freshMinutes.run, critical: 480 },
  /** Minutes since a worker last asked the DQM server for runs: from when on displays say NOT CONNECTED. */
  workerSilentMinutes: freshMinutes.source,
  /** Minutes since the next look at a run in progress was due. */
  lookOverdueMinutes: freshMinutes.look,
  /** Minutes since the newest change that the replica of the dashboards shows, while it does not follow. */
  replicaMinutes: 5,
  /** Seconds without a look that brought hits: from when on a run in progress is not called live. */
  liveSeconds: liveMinutes * 60,
  /** Population stability index of the scores against 20 earlier runs; see bench/sql/drift.ts for its noise. */
  scoreDrift: { warning: 0.1, critical: 0.25 },
  /** Share of recent labels that agree with the model, and the fewest labels that say anything. */
  agreement: { least: 0.9, labels: 50, days: 30 },
  /** Jobs that wait for a worker. */
  queuedJobs: 50,
  /** 95 % of the API's answers within a minute take less, ms. */
  apiMilliseconds: 250,
  /** Seconds that one run may take to fetch and score. */
  runSeconds: 120,
} as const;

/** Words of the contract as a list in SQL: `'new', 'grown'`. */
export const sqlList = (words: readonly string[]) => words.map((word) => `'${word}'`).join(', ');
