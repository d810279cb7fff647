import { dashboard, prometheusVariable } from '../model/dashboard.ts';
import { timeSeries } from '../model/kinds.ts';
import { processesUid } from '../vocabulary.ts';

/** A rate over four scrapes or more, whatever the interval of the picture. */
const per = (what: string, by: string) => `sum by (${by}) (rate(${what}[$__rate_interval]))`;
const quantile = (share: number, name: string, by: string) =>
  `histogram_quantile(${share}, ${per(`${name}_bucket`, `le, ${by}`)})`;
const half = {
  w: 12,
  h: 8,
  noValue:
    'needs a Prometheus that scrapes /metrics of the API and the workers, see docs/operations/monitoring.md',
} as const;

/** For who runs the processes: what /metrics of the API and of every worker tells. Needs a Prometheus that scrapes them. */
export const processes = dashboard({
  name: processesUid,
  title: 'DT processes (Prometheus)',
  description:
    'Figures of the processes themselves, from /metrics of the API and of every worker. Needs a Prometheus that scrapes them, and that Grafana knows; without one every panel says so, or that it finds no data source.',
  variables: [prometheusVariable],
  from: 'now-6h',
  refresh: '30s',
  rows: [
    [
      timeSeries({
        ...half,
        title: 'Time that answers take',
        description:
          '95 % of the requests to a route took less. The route is its pattern, so that there are few.',
        queries: [
          { promql: quantile(0.95, 'dtdqm_http_request_duration_seconds', 'route'), legend: '{{route}}' },
        ],
        unit: 's',
        min: 0,
      }),
      timeSeries({
        ...half,
        title: 'Requests by status',
        description:
          'Requests a second. 503 is a database that was away or busy; 500 is a fault of ours: see the log.',
        queries: [
          { promql: per('dtdqm_http_request_duration_seconds_count', 'status'), legend: '{{status}}' },
        ],
        unit: 'reqps',
        stacked: true,
        min: 0,
      }),
    ],
    [
      timeSeries({
        ...half,
        title: 'Runs by what came of them',
        description:
          'Runs an hour that workers had in hand: stored, unchanged, failed, given back at a stop.',
        queries: [
          {
            promql: `3600 * ${per('dtdqm_runs_handled_total', 'instance, outcome')}`,
            legend: '{{instance}} {{outcome}}',
          },
        ],
        draw: 'bars',
        stacked: true,
        min: 0,
      }),
      timeSeries({
        ...half,
        title: 'Time that a run takes',
        description: 'Median and 95 % of fetching, scoring and storing a run, and of scoring it anew.',
        queries: [
          { promql: quantile(0.5, 'dtdqm_run_duration_seconds', 'work'), legend: '{{work}}, median' },
          { promql: quantile(0.95, 'dtdqm_run_duration_seconds', 'work'), legend: '{{work}}, 95 %' },
        ],
        unit: 's',
        min: 0,
      }),
    ],
    [
      timeSeries({
        ...half,
        title: 'Work that waits',
        description:
          'Jobs that nobody has taken, and how old the oldest is. All processes see the same; the greatest is shown.',
        queries: [
          {
            promql: 'max by (kind, state) (dtdqm_jobs{state=~"created|retry"})',
            legend: '{{kind}} {{state}}',
          },
          { promql: 'max by (kind) (dtdqm_oldest_waiting_job_seconds)', legend: '{{kind}}, oldest, s' },
        ],
        min: 0,
      }),
      timeSeries({
        ...half,
        title: 'Stored runs by status and life',
        description:
          'What the run table holds. ERROR and LOADING should be few, incomplete and less than had none.',
        queries: [
          { promql: 'max by (status) (dtdqm_runs)', legend: '{{status}}' },
          { promql: 'max by (life) (dtdqm_runs_by_life)', legend: '{{life}}' },
          { promql: 'max(dtdqm_coverage_incidents_open)', legend: 'source shows less than had' },
        ],
        min: 0,
      }),
    ],
    [
      timeSeries({
        ...half,
        title: 'Age of the newest look at runs in progress',
        description:
          'Time since a look at a run in progress brought hits. It climbs where the server stands still, or nobody looks; without a run in progress there is none.',
        queries: [{ promql: 'max(dtdqm_newest_look_age_seconds)', legend: 'newest look' }],
        unit: 's',
        min: 0,
      }),
      timeSeries({
        ...half,
        title: 'Slices and changes inside runs',
        description: 'Slices of chambers that workers stored an hour, and changes that they told.',
        queries: [
          {
            promql: `3600 * ${per('dtdqm_slices_stored_total', 'instance')}`,
            legend: '{{instance}}, slices',
          },
          { promql: `3600 * ${per('dtdqm_run_changes_total', 'instance')}`, legend: '{{instance}}, changes' },
        ],
        min: 0,
      }),
    ],
    [
      timeSeries({
        ...half,
        title: 'Connections to the database',
        description:
          'Of each process. Wanted means that somebody waits for one: more connections, or slower clients, are needed.',
        queries: [{ promql: 'dtdqm_database_connections', legend: '{{instance}} {{state}}' }],
        min: 0,
      }),
      timeSeries({
        ...half,
        title: 'The database answered',
        description: '1 when it answered the scrape within 3 s, 0 when not.',
        queries: [{ promql: 'dtdqm_database_up', legend: '{{instance}}' }],
        min: 0,
        max: 1,
      }),
    ],
    [
      timeSeries({
        ...half,
        title: 'The replica',
        description:
          'Age of the newest change that the replica of the dashboards shows, as of each process that knows of one. Nothing where there is none, or it does not answer.',
        queries: [
          { promql: 'max(dtdqm_replica_lag_seconds)', legend: 'newest change, s' },
          { promql: 'max(dtdqm_replica_lag_bytes) / 1e6', legend: 'log not shown yet, MB' },
        ],
        min: 0,
      }),
      timeSeries({
        ...half,
        title: 'The replica answered',
        description: '1 when it and the database answered the scrape and belong together, 0 when not.',
        queries: [{ promql: 'dtdqm_replica_up', legend: '{{instance}}' }],
        min: 0,
        max: 1,
      }),
    ],
    [
      timeSeries({
        ...half,
        title: 'Memory',
        description: 'Resident, and of it the heap in use. A line that only climbs is a leak.',
        queries: [
          { promql: 'process_resident_memory_bytes{job=~"dtdqm.*"}', legend: '{{instance}}' },
          { promql: 'nodejs_heap_size_used_bytes{job=~"dtdqm.*"}', legend: '{{instance}}, heap' },
        ],
        unit: 'bytes',
        min: 0,
      }),
      timeSeries({
        ...half,
        title: 'Event loop and processor',
        description:
          'How late the event loop is (99 %), and processors in use. Scoring is in threads: the loop should not be late.',
        queries: [
          { promql: 'nodejs_eventloop_lag_p99_seconds{job=~"dtdqm.*"}', legend: '{{instance}}, late, s' },
          {
            promql: 'rate(process_cpu_seconds_total{job=~"dtdqm.*"}[$__rate_interval])',
            legend: '{{instance}}, processors',
          },
        ],
        min: 0,
      }),
    ],
    [
      timeSeries({
        ...half,
        title: 'Looks for runs by what came of them',
        description:
          'Times an hour that workers asked the DQM server for its runs. empty-listing: it lists none of those that are stored.',
        queries: [
          {
            promql: `3600 * ${per('dtdqm_listings_total', 'instance, outcome')}`,
            legend: '{{instance}} {{outcome}}',
          },
        ],
        draw: 'bars',
        stacked: true,
        min: 0,
      }),
      timeSeries({
        ...half,
        title: 'Listed entries that are no runs',
        description:
          'An hour: each counts every time that it is listed. The log of the worker tells the first few.',
        queries: [
          { promql: `3600 * ${per('dtdqm_odd_listing_entries_total', 'instance')}`, legend: '{{instance}}' },
        ],
        min: 0,
      }),
    ],
    [
      timeSeries({
        ...half,
        title: 'The run in hand',
        description: 'Chambers that the DQM server has answered for, of 250.',
        queries: [{ promql: 'dtdqm_chambers_fetched', legend: '{{instance}}' }],
        min: 0,
        max: 250,
      }),
      timeSeries({
        ...half,
        title: 'Bad layers of the run stored last',
        description: 'By worker. The dashboards of the detector tell which they are.',
        queries: [{ promql: 'dtdqm_last_run_bad_layers', legend: '{{instance}}' }],
        min: 0,
      }),
    ],
  ],
});
