import { changeInWords, toChamberOfRow } from '../model/dashboard.ts';
import { stat, table } from '../model/kinds.ts';
import { steps, type Panel } from '../model/panel.ts';
import { thresholds } from '../vocabulary.ts';

interface Place {
  w: number;
  h: number;
}

const age = `case when l.age_seconds < 60 then round(l.age_seconds) || ' s' when l.age_seconds < 3600 then round(l.age_seconds / 60) || ' min'
                   else floor(l.age_seconds / 3600) || ' h' end`;

/** The run in progress in the words of the workbench, and how far behind it is seen; loud when nothing new comes. */
export function live({ w, h, size }: Place & { size: number }): Panel {
  return stat({
    w,
    h,
    title: 'Run in progress',
    untitled: true,
    description: `The run that is being taken, and how old the newest look at it is that brought hits. Orange from ${thresholds.liveSeconds} s on: then it is not live, whatever else is shown of it.`,
    // The name of the series is what stands there, its number the colour.
    queries: [
      {
        format: 'time_series',
        sql: `
        select now() as time, case when l.age_seconds > ${thresholds.liveSeconds} then 1 else 0 end as stopped,
               case when l.run is null then 'no run in progress is seen'
                    when l.age_seconds <= ${thresholds.liveSeconds} then format('run %s, live, %s behind', l.run, ${age})
                    when r.looked_at > now() - make_interval(secs => ${thresholds.liveSeconds}) then format('run %s, no new hits for %s', l.run, ${age})
                    else format('run %s, looks stopped %s ago', l.run, ${age}) end as metric
        from (select) as always
        left join (select * from reporting.live order by run desc limit 1) as l on true
        left join reporting.runs r on r.run = l.run
        `,
      },
    ],
    text: 'name',
    size,
    thresholds: steps({ from: 1, as: 'warning' }),
    loud: true,
    noValue: 'no answer from the database',
  });
}

/** What changed in the run in progress, newest first, one line each; made for the side of a wall. */
export function newestChanges({ w, h }: Place): Panel {
  return table({
    w,
    h,
    title: 'What changed in the run in progress',
    description: 'Trips, recoveries, what flickers and what sinks, as the counts told them, newest first.',
    queries: [
      {
        sql: `
        select to_at, chamber, ${changeInWords} as change, wheel, station, sector, run
        from reporting.run_changes
        where run = (select max(run) from reporting.live)
        order by told_at desc limit 50
        `,
      },
    ],
    noValue: 'no change was told',
    columns: [
      { name: 'to_at', title: 'Until', unit: 'time:HH:mm', width: 65 },
      { name: 'chamber', title: 'Chamber', width: 120, links: [toChamberOfRow()] },
      { name: 'change', title: 'Change' },
      ...['wheel', 'station', 'sector', 'run'].map((name) => ({ name, hidden: true })),
    ],
  });
}
