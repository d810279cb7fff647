import { dashboard } from '../model/dashboard.ts';
import { steps } from '../model/panel.ts';
import { stat, table, timeSeries } from '../model/kinds.ts';
import { thresholds } from '../vocabulary.ts';

/** For who runs the monitor: is it pulling, how fast, what fails. */
export const operations = dashboard({
  name: 'operations',
  title: 'DT operations',
  description: 'Workers, queue, durations, errors, API and storage of the monitor itself.',
  variables: [],
  from: 'now-24h',
  refresh: '30s',
  rows: [
    [
      stat({
        w: 6,
        h: 4,
        title: 'A worker last looked for runs',
        description: `A living worker asks the DQM server by schedule, every minute by default. From ${thresholds.workerSilentMinutes} minutes on an alert goes out.`,
        queries: [
          {
            sql: `select extract(epoch from now() - last_discovery) as age from reporting.last_discovery() where last_discovery is not null`,
          },
        ],
        unit: 's',
        decimals: 0,
        thresholds: steps({ from: thresholds.workerSilentMinutes * 60, as: 'loud' }),
        loud: true,
        noValue: 'not within a day',
      }),
      stat({
        w: 6,
        h: 4,
        title: 'Jobs waiting',
        description: 'Runs that wait to be fetched or scored anew. Grows while workers are too few or down.',
        queries: [
          {
            sql: `select coalesce(sum(jobs), 0) as jobs from reporting.job_counts() where state in ('created', 'retry')`,
          },
        ],
        thresholds: steps({ from: thresholds.queuedJobs, as: 'warning' }),
      }),
      stat({
        w: 6,
        h: 4,
        title: 'Runs in ERROR',
        description: 'Runs that could not be fetched; the table below says why.',
        queries: [{ sql: `select runs_in_error from reporting.ingestion` }],
        thresholds: steps({ from: 1, as: 'loud' }),
        loud: true,
      }),
      stat({
        w: 6,
        h: 4,
        title: 'Runs in hand',
        description: 'Runs that a worker is fetching or scoring at this moment.',
        queries: [{ sql: `select runs_in_hand from reporting.ingestion` }],
      }),
    ],
    [
      timeSeries({
        w: 12,
        h: 9,
        title: 'Time to fetch and score a run',
        description: 'From the start of a job to its end, one point a job. Retries are jobs of their own.',
        noValue: 'no job ended in the time shown',
        queries: [
          {
            format: 'time_series',
            sql: `
            select finished_at as time, extract(epoch from finished_at - started_at) as seconds, kind as metric
            from reporting.finished_jobs($__timeFrom()) where $__timeFilter(finished_at) and kind <> 'discover' order by 1
            `,
          },
        ],
        unit: 's',
        draw: 'points',
        min: 0,
        thresholds: steps({ from: thresholds.runSeconds, as: 'warning' }),
        showThresholds: true,
      }),
      timeSeries({
        w: 12,
        h: 9,
        title: 'Jobs finished',
        description: 'By kind and how they ended, per interval.',
        noValue: 'no job ended in the time shown',
        queries: [
          {
            format: 'time_series',
            sql: `
            select $__timeGroup(finished_at, $__interval) as time, count(*) as jobs, kind || ' ' || state as metric
            from reporting.finished_jobs($__timeFrom()) where $__timeFilter(finished_at) group by 1, 3 order by 1, 3
            `,
          },
        ],
        draw: 'bars',
        stacked: true,
        min: 0,
      }),
    ],
    [
      table({
        w: 16,
        h: 9,
        title: 'Runs in ERROR',
        description:
          'What went wrong, in words. The monitor tries again by itself for two days, ever more rarely; afterwards somebody must ask for the run.',
        queries: [
          {
            sql: `select run, error, attempts, updated_at from reporting.runs where status = 'ERROR' order by updated_at desc limit 200`,
          },
        ],
        noValue: 'none',
        columns: [
          { name: 'run', title: 'Run', width: 90, unit: 'none' },
          { name: 'error', title: 'What went wrong' },
          { name: 'attempts', title: 'Attempts', width: 80 },
          { name: 'updated_at', title: 'Last attempt', unit: 'dateTimeAsLocal', width: 170 },
        ],
      }),
      table({
        w: 8,
        h: 9,
        title: 'The queue',
        description: 'Jobs by kind and state, and since when the oldest of them is there.',
        noValue: 'no job is there',
        queries: [{ sql: `select kind, state, jobs, oldest from reporting.job_counts() order by 1, 2` }],
        columns: [
          { name: 'kind', title: 'Job', width: 110 },
          { name: 'state', title: 'State', width: 110 },
          { name: 'jobs', title: 'Jobs', width: 70 },
          { name: 'oldest', title: 'Oldest', unit: 'dateTimeAsLocal' },
        ],
      }),
    ],
    [
      timeSeries({
        w: 12,
        h: 9,
        title: 'Latency of the API',
        description:
          '95 % of the answers within a minute took less. The line is where an alert would make sense.',
        noValue: 'nobody asked the API in the time shown, or it does not run',
        queries: [
          {
            format: 'time_series',
            sql: `
            select minute as time, max(p95_ms) as milliseconds, route as metric
            from reporting.api_minutes where $__timeFilter(minute) group by minute, route order by 1, 3
            `,
          },
        ],
        unit: 'ms',
        min: 0,
        thresholds: steps({ from: thresholds.apiMilliseconds, as: 'warning' }),
        showThresholds: true,
      }),
      timeSeries({
        w: 12,
        h: 9,
        title: 'Requests to the API',
        description: 'Answers per minute, and failures (500 and above) among them.',
        noValue: 'nobody asked the API in the time shown, or it does not run',
        queries: [
          {
            format: 'time_series',
            sql: `
            select minute as time, sum(requests) as "Requests", sum(failures) as "Failures"
            from reporting.api_minutes where $__timeFilter(minute) group by minute order by 1
            `,
          },
        ],
        draw: 'bars',
        min: 0,
        columns: [
          { name: 'Requests', colour: 'muted' },
          { name: 'Failures', colour: 'loud' },
        ],
      }),
    ],
    [
      table({
        w: 12,
        h: 9,
        title: 'Storage',
        description:
          'Size of the greatest tables with their indexes. A run takes about 1 MB without retention.',
        noValue: 'the database tells nothing of its tables',
        queries: [
          {
            sql: `
            select relname as table, pg_total_relation_size(oid) as bytes, reltuples::bigint as rows
            from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
            order by 2 desc limit 20
            `,
          },
        ],
        columns: [
          { name: 'table', title: 'Table' },
          { name: 'bytes', title: 'Size', unit: 'bytes' },
          { name: 'rows', title: 'Rows, about', unit: 'short' },
        ],
      }),
      table({
        w: 12,
        h: 9,
        title: 'What people did with incidents',
        description: 'The newest 100 acts: who acknowledged, shelved, merged or commented what.',
        noValue: 'nothing in the time shown',
        queries: [
          {
            sql: `select at, actor, action, incident, run, comment from reporting.incident_events where $__timeFilter(at) order by at desc limit 100`,
          },
        ],
        columns: [
          { name: 'at', title: 'When', unit: 'dateTimeAsLocal', width: 170 },
          { name: 'actor', title: 'Who' },
          { name: 'action', title: 'What' },
          { name: 'incident', title: 'Incident', width: 80, unit: 'none' },
          { name: 'run', title: 'Run', width: 90, unit: 'none' },
          { name: 'comment', title: 'Comment' },
        ],
      }),
    ],
  ],
});
