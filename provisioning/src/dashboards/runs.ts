import { dashboard, toChamberOfRow, toRunOfRow, placeVariables, runVariable } from '../model/dashboard.ts';
import { steps, texts } from '../model/panel.ts';
import { table, timeSeries } from '../model/kinds.ts';
import { thresholds } from '../vocabulary.ts';

/** Grafana shows booleans in English words of programs. */

const here = 'wheel in (${wheel:csv}) and station in (${station:csv}) and sector in (${sector:csv})';

/** How the detector develops from run to run. */
export const runs = dashboard({
  name: 'runs',
  title: 'DT runs',
  description:
    'Trends over runs: bad layers, kinds of fault, statistics. The time axis is when a run was stored.',
  variables: [runVariable, ...placeVariables({ all: true })],
  from: 'now-30d',
  refresh: '1m',
  rows: [
    [
      timeSeries({
        w: 12,
        h: 9,
        title: 'Share of bad layers',
        description: 'Of all scored layers of a run. The lines are where alerts begin.',
        queries: [
          {
            format: 'time_series',
            sql: `
            select at as time, bad_share as "Bad", unknown_layers::real / nullif(scored_layers, 0) as "Unknown"
            from reporting.run_summaries where $__timeFilter(at) order by at
            `,
          },
        ],
        unit: 'percentunit',
        min: 0,
        thresholds: steps(
          { from: thresholds.badShare.warning, as: 'warning' },
          { from: thresholds.badShare.critical, as: 'loud' },
        ),
        showThresholds: true,
        columns: [
          { name: 'Bad', colour: 'loud' },
          { name: 'Unknown', colour: 'muted' },
        ],
      }),
      timeSeries({
        w: 12,
        h: 9,
        title: 'Newly bad layers per run',
        description:
          'Bad layers that were not bad in the finished run before: what emerged. The line is where an alert begins.',
        queries: [
          {
            format: 'time_series',
            sql: `
            select s.at as time, count(e.run) as "Newly bad"
            from reporting.run_summaries s left join reporting.emerging_layers e on e.run = s.run
            where $__timeFilter(s.at) group by 1 order by 1
            `,
          },
        ],
        draw: 'bars',
        min: 0,
        thresholds: steps({ from: thresholds.emergingLayers, as: 'warning' }),
        showThresholds: true,
        legend: false,
        columns: [{ name: 'Newly bad', colour: 'loud' }],
      }),
    ],
    [
      timeSeries({
        w: 12,
        h: 9,
        title: 'Chambers with a fault, by kind',
        description: 'Each kind that the monitor names, per run. low-statistics is no fault of the detector.',
        queries: [
          {
            format: 'time_series',
            sql: `
            select at as time, chambers, kind as metric from reporting.fault_kinds
            where $__timeFilter(at) order by 1, 3
            `,
          },
        ],
        draw: 'bars',
        stacked: true,
        min: 0,
      }),
      timeSeries({
        w: 12,
        h: 9,
        title: 'Bad layers in the chosen place',
        description: 'Of the wheels, stations and sectors chosen above, one line a wheel.',
        queries: [
          {
            format: 'time_series',
            sql: `
            select at as time, count(*) as layers, 'Wheel ' || wheel as metric
            from reporting.bad_layers where $__timeFilter(at) and ${here}
            group by at, wheel order by 1, 3
            `,
          },
        ],
        min: 0,
      }),
    ],
    [
      timeSeries({
        w: 12,
        h: 8,
        title: 'Statistics of a run',
        description:
          'Hits of all chambers, and lumisections where the source tells them. The DQM server does not give luminosity: hits per lumisection stand in for it.',
        queries: [
          {
            format: 'time_series',
            sql: `
            select at as time, hits as "Hits", lumisections as "Lumisections", hits::real / nullif(lumisections, 0) as "Hits per lumisection"
            from reporting.run_summaries where $__timeFilter(at) order by at
            `,
          },
        ],
        unit: 'short',
        min: 0,
        draw: 'points',
        columns: [{ name: 'Lumisections', axis: 'right' }],
      }),
      timeSeries({
        w: 12,
        h: 8,
        title: 'Chambers without a histogram',
        description:
          'Absent at the DQM server, or failed to be fetched. Few come and go; many at once are a fault of the source.',
        queries: [
          {
            format: 'time_series',
            sql: `
            select at as time, absent_chambers as "Absent", failed_chambers as "Failed"
            from reporting.run_summaries where $__timeFilter(at) order by at
            `,
          },
        ],
        draw: 'bars',
        stacked: true,
        min: 0,
        columns: [
          { name: 'Absent', colour: 'muted' },
          { name: 'Failed', colour: 'loud' },
        ],
      }),
    ],
    [
      table({
        w: 24,
        h: 12,
        title: 'Runs',
        description: 'The 200 newest runs; click a number to see its barrel.',
        queries: [
          {
            sql: `
            select r.run, r.status, r.life, r.bad_layers, s.bad_chambers, s.unknown_layers, r.absent_chambers, r.kept_chambers, r.hits, r.lumisections, r.model, r.fetched_at, r.error
            from reporting.runs r left join reporting.run_summaries s using (run)
            order by r.run desc limit 200
            `,
          },
        ],
        columns: [
          { name: 'run', title: 'Run', width: 80, unit: 'none', links: [toRunOfRow] },
          {
            name: 'status',
            title: 'Status',
            width: 110,
            coloured: true,
            mappings: texts({
              ERROR: { text: 'ERROR', as: 'loud' },
              LOADING: { text: 'LOADING', as: 'accent' },
            }),
          },
          { name: 'life', title: 'At the source', width: 100 },
          { name: 'bad_layers', title: 'Bad layers', width: 85 },
          { name: 'bad_chambers', title: 'Bad chambers', width: 105 },
          { name: 'unknown_layers', title: 'Unknown', width: 80 },
          { name: 'absent_chambers', title: 'Absent', width: 70 },
          { name: 'kept_chambers', title: 'Kept', width: 60 },
          { name: 'hits', title: 'Hits', unit: 'short', width: 80 },
          { name: 'lumisections', title: 'Lumisections', width: 110 },
          { name: 'model', title: 'Model', width: 170 },
          { name: 'fetched_at', title: 'Stored', unit: 'dateTimeAsLocal', width: 170 },
          { name: 'error', title: 'What went wrong' },
        ],
      }),
    ],
    [
      table({
        w: 24,
        h: 10,
        title: 'Layers bad for several runs in a row',
        description: `Looking back 30 finished runs; from ${thresholds.lastingRuns} runs on an alert goes out unless the incident is known.`,
        queries: [
          {
            sql: `
            select format('W%s MB%s S%s', wheel, station, sector) as chamber, layer, kind, runs, since_run, least_score, wheel, station, sector, run
            from reporting.lasting_layers where ${here}
            order by runs desc, wheel, station, sector, layer limit 500
            `,
          },
        ],
        columns: [
          { name: 'chamber', title: 'Chamber', links: [toChamberOfRow()] },
          { name: 'layer', title: 'Layer', width: 60 },
          { name: 'kind', title: 'Fault' },
          { name: 'runs', title: 'Runs', width: 80, gaugeTo: 30 },
          { name: 'since_run', title: 'Since run', width: 85, unit: 'none' },
          { name: 'least_score', title: 'Least score', width: 95, decimals: 2 },
          { name: 'wheel', hidden: true },
          { name: 'station', hidden: true },
          { name: 'sector', hidden: true },
          { name: 'run', hidden: true },
        ],
      }),
    ],
  ],
});
