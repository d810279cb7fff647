import { steps, texts, barrel, incidents } from '../model/panel.ts';
import { dashboard, toChamberOfBarrel, toRunOfRow, placeVariables, runVariable } from '../model/dashboard.ts';
import { stat, table, timeSeries } from '../model/kinds.ts';
import { dashboardUids } from '@dtdqm/contract';
import { thresholds } from '../vocabulary.ts';

/** For the wall: what is new and bad, and whether what is shown is fresh. */
export const overview = dashboard({
  name: 'overview',
  title: 'DT overview',
  description:
    'Wall display: the barrel, new incidents, and whether the picture is fresh. Add ?kiosk to the address.',
  variables: [runVariable, ...placeVariables().map((variable) => ({ ...variable, hide: 2 }))],
  from: 'now-7d',
  refresh: '30s',
  rows: [
    [
      stat({
        w: 5,
        h: 5,
        title: 'New incidents',
        description:
          'Incidents that nobody has answered yet, however many runs ago they began. Acknowledge them to make this quiet again.',
        queries: [
          {
            sql: `select count(*) as incidents from reporting.incidents where standing = 'new'`,
          },
        ],
        thresholds: steps({ from: 1, as: 'loud' }),
        loud: true,
      }),
      stat({
        w: 4,
        h: 5,
        title: 'Answered incidents',
        description: 'Incidents that somebody has acknowledged, shelved or said to be known.',
        queries: [
          {
            sql: `select count(*) as incidents from reporting.incidents where standing in ('acknowledged', 'shelved')`,
          },
        ],
      }),
      stat({
        w: 5,
        h: 5,
        title: 'Bad layers',
        description: `Layers that the model calls bad in the run shown. A healthy detector has a few known ones; the colour turns at ${percent(thresholds.badShare.warning)} and ${percent(thresholds.badShare.critical)} of the layers.`,
        queries: [
          {
            sql: `select bad_layers from reporting.run_summaries where run = reporting.run_or_newest(\${run})`,
          },
        ],
        thresholds: steps(
          { from: Math.round(thresholds.badShare.warning * 2720), as: 'warning' },
          { from: Math.round(thresholds.badShare.critical * 2720), as: 'loud' },
        ),
        noValue: 'no run yet',
      }),
      stat({
        w: 5,
        h: 5,
        title: 'Run',
        description: 'The run shown: the newest one that has been scored, unless another is chosen above.',
        queries: [{ sql: `select reporting.run_or_newest(\${run})::text as run` }],
        field: '/run/',
        noValue: 'no run yet',
        links: [{ title: 'All runs', url: `/d/${dashboardUids.runs}` }],
      }),
      stat({
        w: 5,
        h: 5,
        title: 'Newest run stored',
        description: `How long ago the newest run was stored. Stale from ${thresholds.staleMinutes.warning} minutes on: beam may be off, or the DQM server or the worker may be down; see DT operations.`,
        queries: [
          {
            sql: `select extract(epoch from now() - newest_stored_at) as age from reporting.ingestion where newest_stored_at is not null`,
          },
        ],
        unit: 's',
        decimals: 0,
        thresholds: steps(
          { from: thresholds.staleMinutes.warning * 60, as: 'warning' },
          { from: thresholds.staleMinutes.critical * 60, as: 'loud' },
        ),
        loud: true,
        noValue: 'no run yet',
        links: [{ title: 'Operations', url: `/d/${dashboardUids.operations}` }],
      }),
    ],
    [
      barrel({
        w: 16,
        h: 18,
        title: 'Barrel',
        description:
          'All 250 chambers of the run. Grey is good; a bad chamber has a colour and a sign, an acknowledged one is muted, an unknown one is hatched, an absent one is empty. Click to open a chamber.',
        queries: [
          {
            sql: `
            select c.run, c.wheel, c.station, c.sector, c.state, c.bad_layers, c.worst_score as score,
                   case when c.bad_layers > 0 then 'bad' when u.layers > 0 then 'unknown' when c.bad_layers = 0 then 'good' end as verdict,
                   coalesce(i.incidents, 0) as incidents, coalesce(i.incidents > 0 and i.loud = 0, false) as acknowledged
            from reporting.chambers c
            left join (
              select run, wheel, station, sector, count(*) as layers from reporting.layer_scores
              where run = reporting.run_or_newest(\${run}) and verdict = 'unknown' group by 1, 2, 3, 4
            ) as u using (run, wheel, station, sector)
            left join (
              select wheel, station, sector, count(*) as incidents,
                     count(*) filter (where standing = 'new') as loud
              from reporting.incidents where state <> 'healed' group by 1, 2, 3
            ) as i using (wheel, station, sector)
            where c.run = reporting.run_or_newest(\${run})
            order by c.wheel, c.station, c.sector
            `,
          },
        ],
        options: {
          layout: 'both',
          colourBy: 'bad_layers',
          alarm: 1,
          colouring: 'alarm',
          link: toChamberOfBarrel,
        },
      }),
      incidents({
        w: 8,
        h: 18,
        title: 'Incidents',
        description:
          'New and grown ones first. Enter or a click opens one; acknowledge, shelve or mask it by one key each, which needs the role Editor.',
        options: { link: toChamberOfBarrel },
      }),
    ],
    [
      timeSeries({
        w: 16,
        h: 7,
        title: 'Bad layers per run',
        description: 'One point a run, at the time when it was stored. Steps matter more than the level.',
        queries: [
          {
            format: 'time_series',
            sql: `
            select at as time, bad_layers as "Bad layers", unknown_layers as "Unknown layers"
            from reporting.run_summaries where $__timeFilter(at) order by at
            `,
          },
        ],
        draw: 'points',
        min: 0,
        columns: [
          { name: 'Bad layers', colour: 'loud' },
          { name: 'Unknown layers', colour: 'muted' },
        ],
      }),
      table({
        w: 8,
        h: 7,
        title: 'State of ingestion',
        description:
          'The newest runs and how each stands. An ERROR says why; it can be fetched again from the app.',
        queries: [
          {
            sql: `
            select run, status, bad_layers, coalesce(error, '') as error
            from reporting.runs order by run desc limit 20
            `,
          },
        ],
        columns: [
          { name: 'run', title: 'Run', width: 90, unit: 'none', links: [toRunOfRow] },
          {
            name: 'status',
            title: 'Status',
            width: 130,
            coloured: true,
            mappings: texts({
              ERROR: { text: 'ERROR', as: 'loud' },
              LOADING: { text: 'LOADING', as: 'accent' },
            }),
          },
          { name: 'bad_layers', title: 'Bad layers', width: 90 },
          { name: 'error', title: 'What went wrong' },
        ],
      }),
    ],
  ],
});

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
