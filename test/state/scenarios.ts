import {
  allChambers,
  chamberLabel,
  formatChamber,
  layersOf,
  type ChamberId,
  type DataSource,
  type DetectorState,
  type Fault,
  type IncidentAct,
  type RunChangeKind,
  type Verdict,
} from '@dtdqm/contract';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { afterFailure, newLife, noSuchRun } from '@dtdqm/worker/pipeline/runLife';
import type { Database } from '@dtdqm/worker/storage/database';
import { actOnIncident } from '@dtdqm/worker/storage/incidents/acts';
import { claimRun, failRun } from '@dtdqm/worker/storage/jobs';
import { momentOf } from '@dtdqm/worker/storage/life';
import { registerModel } from '@dtdqm/worker/storage/models';
import { saveRunResult, type ChamberResult } from '@dtdqm/worker/storage/results';
import { recordDiscovery } from '@dtdqm/worker/storage/runs';
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { putClockBack } from '../postgres/putClockBack.ts';
import { finalLife, syntheticChamber } from '../postgres/syntheticRun.ts';

/** Chambers that scenarios are about. */
export const one: ChamberId = { wheel: -1, station: 2, sector: 7 };
export const other: ChamberId = { wheel: 2, station: 4, sector: 13 };

/** How a chamber of a stored run is; `layers` are bad, and none where it is noisy. */
type Made = 'absent' | 'failed' | 'unknown' | 'dead' | 'noisy' | number[];

interface Run {
  /** Those that are not as all others: good. */
  chambers?: Record<string, Made>;
  all?: Made;
  source?: DataSource | null;
  /** When it was stored. */
  minutesAgo?: number;
  growing?: boolean;
  /** When it began, if its source told. */
  startedAt?: number;
}

/** Stores runs and acts as a worker and people would, in one database. */
export class Stage {
  readonly database: Database;
  constructor(database: Database) {
    this.database = database;
  }

  async run(
    run: number,
    { chambers = {}, all, source = 'real', minutesAgo = 0, growing, startedAt }: Run = {},
  ) {
    const now = Date.now();
    await registerModel(this.database, { name: 'test@1.0.0', hash: 'none' });
    await saveRunResult(this.database, {
      run,
      dataset: 'Global/Online/ALL',
      model: 'test@1.0.0',
      life: growing
        ? { ...newLife(now), state: 'growing', reason: 'more came at the last look' }
        : finalLife(),
      error: null,
      ...(source === null ? {} : { source }),
      ...(startedAt === undefined ? {} : { startedAt }),
      chambers: allChambers.map((id) => made(id, chambers[formatChamber(id)] ?? all)),
    });
    await this.database.query(
      `update run set fetched_at = now() - make_interval(mins => $2), created_at = now() - make_interval(mins => $2) where run = $1`,
      [run, minutesAgo],
    );
    await updateIncidents(this.database);
  }

  /** Layers of a chamber lose all hits, or get them back, while a run is taken. */
  async changes(run: number, { wheel, station, sector }: ChamberId, kind: RunChangeKind, layers: number[]) {
    await this.database.query(
      `insert into run_change (run, wheel, station, sector, kind, layers, from_at, to_at, told_at, ratio, ratio_low, ratio_high)
       values ($1, $2, $3, $4, $5, $6, now() - interval '3 minutes', now() - interval '2 minutes', now(), $7, $7, $7)`,
      [run, wheel, station, sector, kind, layers, kind === 'recovery' ? 1 : 0],
    );
    await updateIncidents(this.database);
  }

  /** A worker looks at a run, and nothing comes; what was stored stays. */
  async lookFails(run: number, reason: string) {
    const job = await this.claim(run);
    await failRun(
      this.database,
      job,
      reason,
      afterFailure(job.life, await momentOf(this.database, run), reason),
    );
  }

  /** A worker takes a run in hand. */
  async claim(run: number) {
    const job = await claimRun(this.database, { run, dataset: 'Global/Online/ALL' }, randomUUID());
    if (job === null) throw new Error(`run ${run} is in other hands`);
    return job;
  }

  /** A worker has just asked the source for runs. */
  async asked() {
    await recordDiscovery(this.database, 1, 'completed');
  }

  /** Somebody acts on the incident of a chamber, or of the whole detector. */
  async act(chamber: ChamberId | null, act: Record<string, unknown>) {
    const { rows } = await this.database.query<{ id: number }>(
      'select id from incident where (wheel, station, sector) is not distinct from ($1, $2, $3) order by id desc limit 1',
      [chamber?.wheel, chamber?.station, chamber?.sector],
    );
    const said = { idempotencyKey: randomUUID(), comment: '', ...act } as unknown as IncidentAct;
    await actOnIncident(this.database, 'ana', rows[0]?.id ?? 0, said);
    await updateIncidents(this.database);
  }
}

function made(id: ChamberId, how: Made | undefined): ChamberResult {
  if (how === 'absent') return { ...id, state: 'absent', reason: 'no such histogram' };
  if (how === 'failed') return { ...id, state: 'failed', reason: 'no answer' };
  // Sector 2 stands for any: that of sector 1 has a bad layer. As narrow as the narrowest real chamber: more is only to be stored.
  const healthy = syntheticChamber({ ...id, sector: 2 }, 1, 48);
  if (healthy.state !== 'present') throw new Error('a synthetic chamber has a matrix');
  const layers = layersOf(id.station);
  const bad = how === 'dead' ? layers : Array.isArray(how) ? how : [];
  const verdictOf = (layer: number): Verdict =>
    how === 'unknown' ? 'unknown' : bad.includes(layer) ? 'bad' : 'good';
  const whole = { wires: null, confidence: 1 };
  const faultsOf: Record<Exclude<Made, number[]>, Fault[]> = {
    ...{ absent: [], failed: [] },
    unknown: [{ ...whole, kind: 'low-statistics', layers, note: 'too few hits' }],
    dead: [{ ...whole, kind: 'dead-chamber', layers, ratio: 0 }],
    noisy: [
      { ...whole, kind: 'noisy-region', layers: [1, 2, 3, 4], wires: { first: 8, last: 12 }, ratio: 10 },
    ],
  };
  const faults: Fault[] = !Array.isArray(how)
    ? faultsOf[how ?? 'absent']
    : bad.length > 0
      ? [{ ...whole, kind: 'dead-layer', layers: bad, ratio: 0 }]
      : [];
  const { matrix, verdict } = healthy;
  return {
    ...healthy,
    ...id,
    matrix: matrix.map((row, y) => row.map((hits) => (bad.includes(y + 1) && hits > 0 ? 0 : hits))),
    verdict: {
      ...verdict,
      scores: verdict.scores.map((score, y) => (bad.includes(y + 1) ? 0.95 : score)),
      verdicts: verdict.verdicts.map((_, y) => (layers.includes(y + 1) ? verdictOf(y + 1) : null)),
      faults,
    },
  };
}

const at = (id: ChamberId, how: Made) => ({ [formatChamber(id)]: how });
const layer3 = at(one, [3]);

export interface Scenario {
  name: string;
  prepare: (stage: Stage) => Promise<void>;
  /** What every surface must say; the age of the run stands as `<age>`. */
  headline: string;
  /** Alert rules that tell of it, were it to last; what is known to be well moves none. */
  alerts: string[];
  says: Partial<DetectorState>;
  /** What must be said of {@link one}. */
  chamber?: { condition: string; standing: string | null; inRun: boolean | null; sinceRun?: number };
}

const all = { judged: 250, good: 250, bad: 0, dead: 0, unknown: 0, absent: 0, failed: 0, new: 0 };
const well = { condition: 'good', standing: null, inRun: null };

/** Run 380001 is the first of each; the source answers and is real unless the scenario says otherwise. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'nothing stored yet',
    prepare: (s) => s.asked(),
    headline: 'no run has been judged yet',
    alerts: ['dtdqm-stale-critical', 'dtdqm-stale-warning'],
    says: { quiet: false, run: null, judged: 0, unknown: 250 },
  },
  {
    name: 'healthy',
    async prepare(s) {
      await s.asked();
      await s.run(380001, { startedAt: Date.UTC(2026, 4, 4, 6, 30) });
    },
    headline: 'all quiet; 250 of 250 judged; run 380001, <age> ago',
    alerts: [],
    says: {
      ...all,
      quiet: true,
      doubts: [],
      run: 380001,
      startedAt: '2026-05-04T06:30:00.000Z',
      source: 'real',
      connected: true,
      stale: false,
    },
    chamber: well,
  },
  {
    name: 'newest run without histograms',
    async prepare(s) {
      await s.asked();
      await s.run(380001, { minutesAgo: 90 });
      await s.run(380002, { all: 'absent', minutesAgo: 40 });
    },
    headline: '1 new; 250 of 250 judged; run 380001, <age> ago',
    alerts: ['dtdqm-fewer-chambers'],
    says: { ...all, quiet: false, run: 380001, new: 1 },
    chamber: well,
  },
  {
    name: 'run that the source does not list',
    async prepare(s) {
      await s.asked();
      await s.run(380001);
      await s.database.query(
        `insert into run (run, dataset, status, error, life, life_reason, created_at) values
         (999999, 'Global/Online/ALL', 'ERROR', 'there is no run 999999', 'error',
          $1, now() - interval '1 hour')`,
        [noSuchRun],
      );
    },
    headline: 'all quiet; 250 of 250 judged; run 380001, <age> ago',
    alerts: [],
    says: { ...all, quiet: true, run: 380001 },
    chamber: well,
  },
  {
    name: 'dead as a whole',
    async prepare(s) {
      await s.asked();
      for (const run of [380001, 380002]) await s.run(run, { chambers: at(one, 'dead') });
    },
    headline: '1 dead, 1 new; 250 of 250 judged; run 380002, <age> ago',
    alerts: ['dtdqm-incident-critical'],
    says: { ...all, quiet: false, good: 249, dead: 1, new: 1 },
    chamber: { condition: 'dead', standing: 'new', inRun: true, sinceRun: 380001 },
  },
  {
    name: 'too few hits in the whole run',
    async prepare(s) {
      await s.asked();
      await s.run(380001, { minutesAgo: 60 });
      await s.run(380002, { all: 'unknown', minutesAgo: 35 });
    },
    headline: '1 new; 250 of 250 judged; run 380001, <age> ago',
    alerts: ['dtdqm-fewer-chambers'],
    says: { ...all, quiet: false, run: 380001, new: 1 },
  },
  {
    name: 'half a wheel absent',
    async prepare(s) {
      await s.asked();
      const half = allChambers.filter(({ wheel, sector }) => wheel === -1 && sector > 6);
      await s.run(380001, { chambers: Object.fromEntries(half.map((id) => [formatChamber(id), 'absent'])) });
    },
    headline: 'nothing bad seen; 224 of 250 judged; run 380001, <age> ago',
    alerts: [],
    says: { ...all, quiet: false, judged: 224, good: 224, absent: 26 },
    chamber: { ...well, condition: 'absent' },
  },
  ...(['nobody has answered', 'acknowledged', 'healed'] as const).map((answer) => ({
    name: `half a wheel falls absent: ${answer}`,
    async prepare(s: Stage) {
      await s.asked();
      const half = allChambers.filter(({ wheel, sector }) => wheel === -1 && sector > 6);
      await s.run(380001);
      await s.run(380002, { chambers: Object.fromEntries(half.map((id) => [formatChamber(id), 'absent'])) });
      if (answer === 'acknowledged') await s.act(null, { action: 'acknowledge' });
      if (answer === 'healed') await s.run(380003);
    },
    ...{
      'nobody has answered': {
        headline: '1 new; 224 of 250 judged; run 380002, <age> ago',
        alerts: ['dtdqm-fewer-chambers'],
        says: { ...all, quiet: false, judged: 224, good: 224, absent: 26, new: 1, notInRun: 0 },
        chamber: { ...well, condition: 'absent' },
      },
      acknowledged: {
        headline: '1 acknowledged; 224 of 250 judged; run 380002, <age> ago',
        alerts: ['dtdqm-incident-answered'],
        says: { ...all, quiet: false, judged: 224, good: 224, absent: 26, acknowledged: 1 },
        chamber: { ...well, condition: 'absent' },
      },
      healed: {
        headline: 'all quiet; 250 of 250 judged; run 380003, <age> ago',
        alerts: ['dtdqm-incident-healed'],
        says: { ...all, quiet: true },
        chamber: well,
      },
    }[answer],
  })),
  {
    name: 'chamber that somebody answered for comes back, and another goes',
    async prepare(s) {
      await s.asked();
      await s.run(380001);
      await s.run(380002, { chambers: at(other, 'failed') });
      await s.act(null, { action: 'acknowledge' });
      await s.run(380003, { chambers: at(one, 'failed') });
    },
    headline: '1 new; 249 of 250 judged; run 380003, <age> ago',
    alerts: ['dtdqm-fewer-chambers'],
    says: { ...all, quiet: false, judged: 249, good: 249, failed: 1, new: 1, acknowledged: 0 },
    chamber: { ...well, condition: 'failed' },
  },
  {
    name: 'chamber that could not be fetched, and one with too few hits',
    async prepare(s) {
      await s.asked();
      await s.run(380001, { chambers: { ...at(one, 'failed'), ...at(other, 'unknown') } });
    },
    headline: 'nothing bad seen; 248 of 250 judged; run 380001, <age> ago',
    alerts: [],
    says: { ...all, quiet: false, judged: 248, good: 248, failed: 1, unknown: 1 },
    chamber: { ...well, condition: 'failed' },
  },
  {
    name: 'fault seen once',
    async prepare(s) {
      await s.asked();
      await s.run(380001);
      await s.run(380002, { chambers: layer3 });
    },
    headline: '1 bad, 1 unconfirmed; 250 of 250 judged; run 380002, <age> ago',
    alerts: [],
    says: { ...all, quiet: false, good: 249, bad: 1, unconfirmed: 1 },
    chamber: { condition: 'bad', standing: 'unconfirmed', inRun: true, sinceRun: 380002 },
  },
  {
    name: 'fault confirmed, answered by nobody for four runs',
    async prepare(s) {
      await s.asked();
      for (let run = 380001; run <= 380006; run += 1) await s.run(run, { chambers: layer3 });
    },
    headline: '1 bad, 1 new; 250 of 250 judged; run 380006, <age> ago',
    alerts: ['dtdqm-incident'],
    says: { ...all, quiet: false, good: 249, bad: 1, new: 1, unconfirmed: 0 },
    chamber: { condition: 'bad', standing: 'new', inRun: true, sinceRun: 380001 },
  },
  {
    name: 'noisy board, which makes no layer bad',
    async prepare(s) {
      await s.asked();
      await s.run(380001);
      for (const run of [380002, 380003]) await s.run(run, { chambers: at(one, 'noisy') });
    },
    headline: '1 new; 250 of 250 judged; run 380003, <age> ago',
    alerts: [],
    says: { ...all, quiet: false, tone: 'loud', new: 1, notInRun: 0 },
    chamber: { condition: 'good', standing: 'new', inRun: true, sinceRun: 380002 },
  },
  {
    name: 'trip inside a run that looks well over all its hits',
    async prepare(s) {
      await s.asked();
      await s.run(380001, { growing: true });
      await s.changes(380001, one, 'trip', [3]);
    },
    headline: '1 new; 250 of 250 judged; run 380001, <age> ago',
    alerts: ['dtdqm-incident-in-run'],
    says: { ...all, quiet: false, new: 1 },
    chamber: { condition: 'good', standing: 'new', inRun: true, sinceRun: 380001 },
  },
  {
    name: 'trip inside a run, at its end and in the next',
    async prepare(s) {
      await s.asked();
      await s.run(380001, { growing: true });
      await s.changes(380001, one, 'trip', [3]);
      await s.run(380001, { chambers: layer3 });
      await s.run(380002, { chambers: layer3 });
    },
    headline: '1 bad, 1 new; 250 of 250 judged; run 380002, <age> ago',
    alerts: ['dtdqm-incident-in-run'],
    says: { ...all, quiet: false, good: 249, bad: 1, new: 1 },
    chamber: { condition: 'bad', standing: 'new', inRun: true, sinceRun: 380001 },
  },
  {
    name: 'trip inside a run that recovered in it',
    async prepare(s) {
      await s.asked();
      await s.run(380001, { growing: true });
      await s.changes(380001, one, 'trip', [3]);
      await s.changes(380001, one, 'recovery', [3]);
    },
    headline: 'all quiet; 250 of 250 judged; run 380001, <age> ago',
    alerts: ['dtdqm-incident-healed'],
    says: { ...all, quiet: true, new: 0 },
  },
  {
    name: 'run in progress that nobody looks at any more',
    async prepare(s) {
      await s.asked();
      await s.run(380001, { growing: true });
      await s.database.query(
        `update run set looked_at = now() - interval '8 minutes', look_at = now() - interval '7 minutes'`,
      );
    },
    headline: 'nothing bad seen; 250 of 250 judged; run 380001, <age> ago',
    alerts: ['dtdqm-look-overdue'],
    says: { ...all, quiet: false },
    chamber: well,
  },
  ...(['and that was it', 'and is made again just now'] as const).map((since) => ({
    name: `run in progress, the last look at which failed altogether, ${since}`,
    async prepare(s: Stage) {
      await s.asked();
      await s.run(380001, { growing: true });
      await s.lookFails(380001, '250 of 250 chambers could not be fetched: the server failed (status 500)');
      await s.database.query(`update run set updated_at = now() - interval '20 minutes'`);
      if (since === 'and is made again just now') await s.claim(380001);
    },
    headline: 'nothing bad seen; 250 of 250 judged; run 380001, <age> ago',
    alerts: ['dtdqm-run-error'],
    says: {
      ...all,
      quiet: false,
      doubts: [
        'the last look at run 380001 failed: 250 of 250 chambers could not be fetched: the server failed (status 500)',
      ],
    },
    chamber: well,
  })),
  {
    name: 'fault not in the newest run',
    async prepare(s) {
      await s.asked();
      for (const run of [380001, 380002]) await s.run(run, { chambers: layer3 });
      await s.run(380003);
    },
    headline: '1 new; 250 of 250 judged; run 380003, <age> ago',
    alerts: ['dtdqm-incident'],
    says: { ...all, quiet: false, new: 1, notInRun: 1 },
    chamber: { condition: 'good', standing: 'new', inRun: false, sinceRun: 380001 },
  },
  ...(['absent', 'failed', 'unknown'] as const).map((condition) => ({
    name: `fault of a chamber that is ${condition} in the newest run`,
    async prepare(s: Stage) {
      await s.asked();
      for (const run of [380001, 380002]) await s.run(run, { chambers: layer3 });
      await s.run(380003, { chambers: at(one, condition) });
    },
    headline: '2 new; 249 of 250 judged; run 380003, <age> ago',
    alerts: ['dtdqm-fewer-chambers', 'dtdqm-incident'],
    says: {
      ...all,
      quiet: false,
      judged: 249,
      good: 249,
      [condition]: 1,
      new: 2,
      doubts: expect.arrayContaining(['1 of 250 chambers is not judged']) as string[],
    },
    // Neither yes nor no: nothing is known of it.
    chamber: { condition, standing: 'new', inRun: null, sinceRun: 380001 },
  })),
  {
    name: 'acknowledged',
    async prepare(s) {
      await s.asked();
      for (const run of [380001, 380002]) await s.run(run, { chambers: layer3 });
      await s.act(one, { action: 'acknowledge' });
    },
    headline: 'all quiet but for 1 bad, 1 acknowledged; 250 of 250 judged; run 380002, <age> ago',
    alerts: ['dtdqm-incident-answered'],
    says: { ...all, quiet: true, good: 249, bad: 1, acknowledged: 1 },
    chamber: { condition: 'bad', standing: 'acknowledged', inRun: true, sinceRun: 380001 },
  },
  {
    name: 'acknowledged, and another layer of the chamber seen bad once',
    async prepare(s) {
      await s.asked();
      for (const run of [380001, 380002]) await s.run(run, { chambers: layer3 });
      await s.act(one, { action: 'acknowledge' });
      await s.run(380003, { chambers: at(one, [3, 9]) });
    },
    headline: '1 bad, 1 unconfirmed, 1 acknowledged; 250 of 250 judged; run 380003, <age> ago',
    alerts: ['dtdqm-incident-answered'],
    says: { ...all, quiet: false, good: 249, bad: 1, unconfirmed: 1, acknowledged: 1 },
    chamber: { condition: 'bad', standing: 'unconfirmed', inRun: true, sinceRun: 380003 },
  },
  {
    name: 'shelved',
    async prepare(s) {
      await s.asked();
      for (const run of [380001, 380002]) await s.run(run, { chambers: layer3 });
      const until = new Date(Date.now() + 86_400_000).toISOString();
      await s.act(one, { action: 'shelve', owner: 'ana', reason: 'access on Monday', until });
    },
    headline: 'all quiet but for 1 bad, 1 shelved; 250 of 250 judged; run 380002, <age> ago',
    alerts: ['dtdqm-incident-answered'],
    says: { ...all, quiet: true, good: 249, bad: 1, shelved: 1 },
    chamber: { condition: 'bad', standing: 'shelved', inRun: true, sinceRun: 380001 },
  },
  {
    name: 'healed',
    async prepare(s) {
      await s.asked();
      for (const run of [380001, 380002]) await s.run(run, { chambers: layer3 });
      for (const run of [380003, 380004, 380005]) await s.run(run);
    },
    headline: 'all quiet; 250 of 250 judged; run 380005, <age> ago',
    alerts: ['dtdqm-incident-healed'],
    says: { ...all, quiet: true },
    chamber: { condition: 'good', standing: 'healed', inRun: false, sinceRun: 380001 },
  },
  {
    name: 'stale',
    async prepare(s) {
      await s.asked();
      await s.run(380001, { minutesAgo: 200 });
    },
    headline: 'nothing bad seen; 250 of 250 judged; run 380001, <age> ago; STALE',
    alerts: ['dtdqm-stale-warning'],
    says: { ...all, quiet: false, stale: true },
    chamber: well,
  },
  {
    name: 'the clock was put back',
    async prepare(s) {
      await s.asked();
      await s.run(380001);
      await putClockBack(s.database, 1);
    },
    headline: 'nothing bad seen; 250 of 250 judged; run 380001, <age> ago; NOT CONNECTED; STALE',
    alerts: ['dtdqm-worker-silent'],
    says: {
      ...all,
      quiet: false,
      connected: false,
      stale: true,
      doubts: [
        'the source of the runs has not answered within a day',
        expect.stringMatching(
          /^run 380001 was stored at a time that comes in 60 min: the clock was put back$/,
        ) as string,
      ],
    },
    chamber: well,
  },
  {
    name: 'disconnected',
    prepare: (s) => s.run(380001),
    headline: 'nothing bad seen; 250 of 250 judged; run 380001, <age> ago; NOT CONNECTED',
    alerts: ['dtdqm-worker-silent'],
    says: {
      ...all,
      quiet: false,
      connected: false,
      doubts: ['the source of the runs has not answered within a day'],
    },
    chamber: well,
  },
  ...(['simulated', 'replayed', null] as const).map((source) => ({
    name: source ?? 'stored before it was noted where hits come from',
    async prepare(s: Stage) {
      await s.asked();
      await s.run(380001, { source });
    },
    headline: `nothing bad seen; 250 of 250 judged; run 380001, <age> ago; ${source?.toUpperCase() ?? 'SOURCE NOT KNOWN'}`,
    alerts: [],
    says: { ...all, quiet: false, source },
    chamber: well,
  })),
  {
    name: 'growing run',
    async prepare(s) {
      await s.asked();
      await s.run(380001);
      await s.run(380002, { growing: true, chambers: at(other, 'unknown') });
    },
    headline: 'nothing bad seen; 249 of 250 judged; run 380002, <age> ago',
    alerts: [],
    says: { ...all, quiet: false, judged: 249, good: 249, unknown: 1, life: 'growing' },
    chamber: well,
  },
];

/** A headline without what passes by itself. */
export const ageless = (headline: string) => headline.replace(/, \d+ (s|min|h|d) ago/, ', <age> ago');

/** Its name on every surface. */
export const nameOfOne = chamberLabel(one);
