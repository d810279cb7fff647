import { severities } from '@dtdqm/contract';
import { dashboard, toChamberOfRow, runVariable } from '../model/dashboard.ts';
import { incidentStandings, type Panel } from '../model/panel.ts';
import { stat, table, trend } from '../model/kinds.ts';
import { sqlList } from '../vocabulary.ts';
import { doubts, headline } from './headline.ts';

/** For the morning meeting: what was opened, what stood before, what has healed, since when one likes. */
export const report = dashboard({
  name: 'report',
  title: 'DT morning report',
  description:
    'How the detector stands, and which incidents were opened, stood before or healed since the start of the time shown; the same as "dtdqm report".',
  variables: [runVariable],
  from: 'now-24h',
  refresh: '5m',
  rows: [
    [headline],
    [doubts],
    [
      count(
        'Opened',
        'Opened in the time shown, and not healed.',
        `standing <> 'healed' and $__timeFilter(opened_at)`,
      ),
      count(
        'From before',
        'Opened before, and not healed.',
        `standing <> 'healed' and opened_at < $__timeFrom()`,
      ),
      count('Healed', 'Healed in the time shown.', `$__timeFilter(healed_at)`),
      stat({
        w: 6,
        h: 5,
        title: 'Runs taken in',
        description: 'Runs stored in the time shown.',
        queries: [{ sql: `select count(*) as runs from reporting.run_summaries where $__timeFilter(at)` }],
      }),
    ],
    [list('Opened incidents', `i.standing <> 'healed' and $__timeFilter(i.opened_at)`, 24, 9)],
    [list('Incidents from before', `i.standing <> 'healed' and i.opened_at < $__timeFrom()`, 24, 11)],
    [
      list('Healed incidents', `$__timeFilter(i.healed_at)`, 12, 9),
      trend({
        w: 12,
        h: 9,
        title: 'Incidents per run',
        description:
          'How many incidents each run opened and healed, and how many stood after it, for the runs stored in the time shown.',
        queries: [
          {
            sql: `
            select run, opened as "Opened", healed as "Healed", standing as "Standing"
            from reporting.incident_trend where $__timeFilter(at) order by run
            `,
          },
        ],
        min: 0,
        noValue: 'no run was stored in the time shown',
        columns: [
          { name: 'Opened', colour: 'loud', bars: true },
          { name: 'Healed', colour: 'quiet', bars: true },
          { name: 'Standing', colour: 'muted' },
        ],
      }),
    ],
  ],
});

function count(title: string, description: string, condition: string): Panel {
  return stat({
    w: 6,
    h: 5,
    title,
    description,
    queries: [{ sql: `select count(*) as incidents from reporting.incidents where ${condition}` }],
  });
}

function list(title: string, condition: string, w: number, h: number): Panel {
  return table({
    w,
    h,
    title,
    description: 'Severest first. Click a chamber to open it at the last run that shows the fault.',
    queries: [
      {
        sql: `
        select i.standing, i.severity, i.chamber, i.kind, array_to_string(i.layers, ' ') as layers,
               i.first_wire, i.last_wire, i.hardware, i.first_run, i.owner, i.opened_at, i.healed_at, i.wheel, i.station, i.sector, i.last_run as run
        from reporting.incidents i
        where ${condition}
        order by array_position(array[${sqlList(severities)}], i.severity) desc, i.opened_at desc
        limit 200
        `,
      },
    ],
    noValue: 'none in the runs that could be judged',
    columns: [
      { name: 'standing', title: 'State', width: 140, mappings: incidentStandings, coloured: true },
      { name: 'severity', title: 'Severity', width: 80 },
      { name: 'chamber', title: 'Chamber', width: 110, links: [toChamberOfRow()] },
      { name: 'kind', title: 'Fault', width: 120 },
      { name: 'layers', title: 'Layers', width: 110 },
      { name: 'first_wire', title: 'Wires', width: 60, unit: 'none' },
      { name: 'last_wire', title: 'to', width: 50, unit: 'none' },
      { name: 'hardware', title: 'Hardware' },
      { name: 'first_run', title: 'Since run', width: 80, unit: 'none' },
      { name: 'owner', title: 'Owner', width: 90 },
      { name: 'opened_at', title: 'Opened', unit: 'dateTimeAsLocal', width: 160 },
      { name: 'healed_at', title: 'Healed', unit: 'dateTimeAsLocal', width: 160 },
      { name: 'wheel', hidden: true },
      { name: 'station', hidden: true },
      { name: 'sector', hidden: true },
      { name: 'run', title: 'Last run', width: 80, unit: 'none' },
    ],
  });
}
