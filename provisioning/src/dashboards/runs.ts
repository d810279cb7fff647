import { faultKinds, kindInWords } from '@dtdqm/contract';
import {
  dashboard,
  lastVariable,
  placeVariables,
  runsShown,
  runVariable,
  toChamberOfRow,
  toRunOfRow,
} from '../model/dashboard.ts';
import { steps, texts } from '../model/panel.ts';
import { table, trend } from '../model/kinds.ts';
import { thresholds } from '../vocabulary.ts';

const here = 'wheel in (${wheel:csv}) and station in (${station:csv}) and sector in (${sector:csv})';

/** Runs on the axis, and `j` beside those of which something can be said. */
const judged = `${runsShown} left join reporting.judged_runs j using (run)`;

/** How the detector develops from run to run. */
export const runs = dashboard({
  name: 'runs',
  title: 'DT runs',
  description:
    'The run number is the axis, in order, whenever the runs were stored; a run of which nothing can be said is a gap.',
  variables: [runVariable, lastVariable, ...placeVariables({ all: true })],
  from: 'now-30d',
  refresh: '1m',
  rows: [
    [
      trend({
        w: 12,
        h: 9,
        title: 'Share of bad layers',
        description: 'Of all scored layers of a run. The lines are where alerts begin.',
        queries: [
          {
            sql: `
            select r.run, case when j.run is not null then bad_share end as "Bad", unknown_layers::real / nullif(scored_layers, 0) as "Unknown"
            from ${judged} left join reporting.run_summaries s on s.run = r.run order by 1
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
      trend({
        w: 12,
        h: 9,
        title: 'Newly bad layers per run',
        description:
          'Bad layers that were not bad in the judged run before: what emerged. The line is where an alert begins.',
        queries: [
          {
            sql: `
            select r.run, case when count(j.run) > 0 then count(e.run) end as "Newly bad"
            from ${judged} left join reporting.emerging_layers e on e.run = r.run group by 1 order by 1
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
      trend({
        w: 12,
        h: 9,
        title: 'Chambers with a fault, by kind',
        description:
          'Each kind that the monitor names, in each run. Low statistics are no fault of the detector.',
        queries: [
          {
            sql: `
            select r.run, ${faultKinds.map(chambersOfKind).join(', ')}
            from ${runsShown} left join reporting.fault_kinds k on k.run = r.run group by 1 order by 1
            `,
          },
        ],
        draw: 'bars',
        stacked: true,
        min: 0,
      }),
      trend({
        w: 12,
        h: 9,
        title: 'Bad layers in the chosen place',
        description: 'Of the wheels, stations and sectors chosen above, one line a wheel.',
        queries: [
          {
            sql: `
            select r.run, ${[-2, -1, 0, 1, 2].map(layersOfWheel).join(', ')}
            from ${judged} left join reporting.bad_layers b on b.run = r.run and ${here} group by 1 order by 1
            `,
          },
        ],
        min: 0,
      }),
    ],
    [
      trend({
        w: 12,
        h: 8,
        title: 'Statistics of a run',
        description:
          'Hits of all chambers, and lumisections where the source tells them. The DQM server does not give luminosity: hits per lumisection stand in for it.',
        queries: [
          {
            sql: `
            select r.run, hits as "Hits", lumisections as "Lumisections", hits::real / nullif(lumisections, 0) as "Hits per lumisection"
            from ${runsShown} left join reporting.run_summaries s on s.run = r.run order by 1
            `,
          },
        ],
        unit: 'short',
        min: 0,
        draw: 'points',
        columns: [{ name: 'Lumisections', axis: 'right' }],
        noValue: 'no run has been stored yet',
      }),
      trend({
        w: 12,
        h: 8,
        title: 'Chambers that are not judged',
        description:
          'Absent at the DQM server, failed to be fetched, or with too few hits. Few come and go; many at once are a fault of the source, or a short run.',
        queries: [
          {
            sql: `
            select r.run, absent_chambers as "Absent", failed_chambers as "Failed", 250 - judged_chambers - absent_chambers - failed_chambers as "Too few hits"
            from ${runsShown} left join reporting.run_summaries s on s.run = r.run order by 1
            `,
          },
        ],
        draw: 'bars',
        stacked: true,
        min: 0,
        columns: [
          { name: 'Absent', colour: 'muted' },
          { name: 'Failed', colour: 'loud' },
          { name: 'Too few hits', colour: 'warning' },
        ],
        noValue: 'no run has been stored yet',
      }),
    ],
    [
      table({
        w: 24,
        h: 12,
        title: 'Runs',
        description: 'The 200 newest runs; click a number to see its barrel.',
        noValue: 'no run is known yet',
        queries: [
          {
            sql: `
            select r.run, r.started_at, extract(epoch from r.started_at - lag(r.started_at) over (order by r.run)) as since_before, r.status, r.life, r.source, s.judged_chambers, r.bad_layers, s.bad_chambers, s.unknown_layers, r.absent_chambers, r.kept_chambers, r.hits, r.lumisections, r.model, r.fetched_at, r.error
            from reporting.runs r left join reporting.run_summaries s using (run)
            order by r.run desc limit 200
            `,
          },
        ],
        columns: [
          { name: 'run', title: 'Run', width: 80, unit: 'none', links: [toRunOfRow] },
          { name: 'started_at', title: 'Began', unit: 'dateTimeAsLocal', width: 170, noValue: 'not known' },
          {
            name: 'since_before',
            title: 'After the one before',
            unit: 's',
            decimals: 1,
            width: 140,
            noValue: '',
          },
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
          { name: 'source', title: 'Hits are', width: 90, noValue: 'not known' },
          { name: 'judged_chambers', title: 'Judged of 250', width: 105 },
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
        description: `Looking back 30 judged runs; from ${thresholds.lastingRuns} runs on an alert goes out unless the incident is known.`,
        noValue: 'none',
        queries: [
          {
            sql: `
            select chamber, layer, kind, runs, since_run, least_score, wheel, station, sector, run
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

function chambersOfKind(kind: string): string {
  return `max(chambers) filter (where kind = '${kind}') as "${kindInWords(kind)}"`;
}

/** A wheel that is not chosen has no line, a run of which nothing can be said has a gap. */
function layersOfWheel(wheel: number): string {
  return `case when ${wheel} in (\${wheel:csv}) and count(j.run) > 0 then count(b.run) filter (where wheel = ${wheel}) end as "Wheel ${wheel > 0 ? '+' : ''}${wheel}"`;
}
