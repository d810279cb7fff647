import {
  runStatuses,
  type LayerStatistics,
  type RunStatus,
  type Statistics,
  layerStatisticsSchema,
  statisticsSchema,
  countSchema,
} from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import type { Queryable } from '../storage/database.ts';
import { finishedRuns } from '../storage/runs.ts';
import { z } from 'zod';
import { defineRoutes, type Route } from './route.ts';

interface StatusRow {
  status: RunStatus;
  runs: number;
  present: number;
  absent: number;
  failed: number;
  bad: number;
}

/** Sums over what runs already know of themselves, so that the cost grows with runs and not with chambers. */
export async function countEverything(db: Queryable): Promise<Statistics> {
  const { rows } = await db.query<StatusRow>(
    `select status::text, count(*)::integer as runs, sum(chambers)::integer as present,
            sum(absent_chambers)::integer as absent, sum(failed_chambers)::integer as failed,
            coalesce(sum(bad_layers), 0)::integer as bad
     from run group by status`,
  );
  const labels = await db.query<Statistics['labels']>(
    `select (select count(*)::integer from current_label) as chambers, count(*)::integer as events,
            count(distinct expert)::integer as experts
     from label_event`,
  );
  const newest = await db.query<{ run: number | null }>('select run from reporting.newest_run');
  const sum = (figure: 'runs' | 'present' | 'absent' | 'failed' | 'bad') => sumOf(rows, (row) => row[figure]);
  return {
    runs: {
      total: sum('runs'),
      byStatus: Object.fromEntries(
        runStatuses.map((status) => [status, rows.find((row) => row.status === status)?.runs ?? 0]),
      ) as Statistics['runs']['byStatus'],
      newest: newest.rows[0]?.run ?? null,
    },
    chambers: { present: sum('present'), absent: sum('absent'), failed: sum('failed') },
    badLayers: sum('bad'),
    labels: labels.rows[0] ?? { chambers: 0, events: 0, experts: 0 },
  };
}

/** Verdicts of the newest `depth` runs by station and layer. */
export async function countLayers(db: Queryable, depth: number): Promise<LayerStatistics> {
  const runs = await finishedRuns(db, { limit: depth });
  const { rows } = await db.query<LayerStatistics['layers'][number]>(
    `select station, layer, count(*)::integer as judged,
            (count(*) filter (where verdict = 'bad'))::integer as bad,
            (count(*) filter (where verdict = 'unknown'))::integer as unknown
     from reporting.layer_scores where run = any($1)
     group by station, layer order by station, layer`,
    [runs],
  );
  return { runs, layers: rows };
}

const { get } = defineRoutes('Statistics');

export const statisticsRoutes: readonly Route[] = [
  get('/api/v1/statistics', {
    summary: 'What is stored, in figures',
    role: 'viewer',
    answers: { 200: { description: 'The figures', schema: statisticsSchema } },
    handle: async ({ deps }) => ({ body: await countEverything(deps.database) }),
  }),
  get('/api/v1/statistics/layers', {
    summary: 'How often each layer of each station was bad in recent runs',
    role: 'viewer',
    query: z.strictObject({
      runs: countSchema(100).default(20),
    }),
    answers: { 200: { description: 'By station and layer', schema: layerStatisticsSchema } },
    handle: async ({ query, deps }) => ({ body: await countLayers(deps.database, query.runs) }),
  }),
];
