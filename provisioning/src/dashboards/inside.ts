import { layerNumbers } from '@dtdqm/contract';
import {
  changeInWords,
  chamberVariable,
  dashboard,
  placeVariables,
  runVariable,
  toChamberOfRow,
} from '../model/dashboard.ts';
import { strip } from '../model/panel.ts';
import { table, timeSeries } from '../model/kinds.ts';
import { live } from './live.ts';

/** The views work run by run: without their runs, all that was ever looked at would be read. A run is looked at after its slices, never before. */
const inTime =
  'run = any(array(select distinct run from reporting.looks where $__timeFilter(at))) and $__timeFilter(at)';

/** The inside of runs on Grafana's own axis of time, which other data can be laid beside. */
export const inside = dashboard({
  name: 'inside',
  title: 'DT inside the run',
  description:
    'What was counted between looks at runs in progress, and what changed, on the axis of time. Runs that were fetched when they were over have no inside.',
  variables: [runVariable, ...placeVariables(), chamberVariable],
  from: 'now-6h',
  refresh: '30s',
  rows: [
    [live({ w: 24, h: 3, size: 30 })],
    [
      strip({
        w: 24,
        h: 19,
        title: '${shown}: layers through the run',
        description:
          'Layers x time of the chamber and run chosen above. Grey is as usual, blue is missing, orange is too much; hatched is a gap, waiting or unknown. It shows what of the run lies in the time chosen above. Drag, or press arrow keys with Shift, to see a span beside the run; l labels it, v shows why its layers are bad; click a layer for its wires. It asks the monitor itself.',
      }),
    ],
    [
      timeSeries({
        w: 12,
        h: 9,
        title: 'Hits of layers over hits expected',
        description:
          'Of the chamber chosen above, a point a slice at its end; 1 is its share in the other slices of its run. What could not be judged and what was not had is left out.',
        queries: [
          {
            sql: `
            select at as time, ${layerNumbers.map(ratioOfLayer).join(', ')}
            from reporting.slices
            where ${inTime} and wheel = \${wheel} and station = \${station} and sector = \${sector}
            group by at order by at
            `,
          },
        ],
        unit: 'percentunit',
        min: 0,
        draw: 'points',
        noValue: 'no slice of this chamber in this time',
      }),
      timeSeries({
        w: 12,
        h: 9,
        title: 'Looks at runs in progress',
        description:
          'Chambers whose slice ended with a look, and of those the bad ones; the others wait for more hits. No point is no look that brought hits.',
        queries: [
          {
            sql: `
            select at as time, judged as "Judged", bad as "Bad", waiting as "Waiting for hits"
            from reporting.looks where ${inTime} order by at
            `,
          },
        ],
        min: 0,
        draw: 'points',
        columns: [
          { name: 'Bad', colour: 'loud' },
          { name: 'Waiting for hits', colour: 'muted' },
        ],
        noValue: 'no look at a run in progress in this time',
      }),
    ],
    [
      table({
        w: 16,
        h: 10,
        title: 'Changes inside runs',
        description:
          'In the time shown, newest first: within what time and lumisections each happened (95 %), and when it was told. Click a chamber to open it.',
        queries: [
          {
            sql: `
            select told_at, run, chamber, ${changeInWords} as change, from_at, to_at,
                   coalesce(from_lumisection || '-', '') || to_lumisection as lumisections, wheel, station, sector
            from reporting.run_changes where $__timeFilter(told_at)
            order by told_at desc limit 500
            `,
          },
        ],
        noValue: 'no change was told in this time',
        columns: [
          { name: 'told_at', title: 'Told', unit: 'dateTimeAsLocal', width: 160 },
          { name: 'run', title: 'Run', width: 80, unit: 'none' },
          { name: 'chamber', title: 'Chamber', width: 120, links: [toChamberOfRow()] },
          { name: 'change', title: 'Change' },
          { name: 'from_at', title: 'After', unit: 'time:HH:mm:ss', width: 85, noValue: 'not known' },
          { name: 'to_at', title: 'Before', unit: 'time:HH:mm:ss', width: 85 },
          { name: 'lumisections', title: 'LS', width: 90, noValue: 'not told' },
          ...['wheel', 'station', 'sector'].map((name) => ({ name, hidden: true })),
        ],
      }),
      timeSeries({
        w: 8,
        h: 10,
        title: 'Hits per second of all chambers',
        description:
          'Between two looks. It falls with the beam, and to nothing when the run is paused; no point is no look.',
        queries: [
          {
            sql: `
            select at as time, (hits / nullif(extract(epoch from at - from_at), 0))::real as "Hits per second"
            from reporting.looks where ${inTime} order by at
            `,
          },
        ],
        unit: 'short',
        min: 0,
        draw: 'points',
        legend: false,
        noValue: 'no look at a run in progress in this time',
      }),
    ],
  ],
});

function ratioOfLayer(layer: number): string {
  return `max(ratio) filter (where layer = ${layer} and verdict <> 'unknown') as "Layer ${layer}"`;
}
