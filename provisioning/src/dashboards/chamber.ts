import {
  chamberVariable,
  dashboard,
  lastVariable,
  placeVariables,
  runsShown,
  runVariable,
  toRunOfRow,
} from '../model/dashboard.ts';
import { table, trend } from '../model/kinds.ts';
import { type Query, chamber as chamberPanel, incidents, incidentStandings } from '../model/panel.ts';

const run = 'reporting.run_or_newest(${run})';

/** The frames that the chamber panel draws; plugin/src/frames/chamberFrames.ts says which columns it wants. */
export const chamberFrames: readonly Query[] = [
  {
    refId: 'cells',
    sql: `
    select o.run, o.wheel, o.station, o.sector, o.layer, o.wire, o.hits, o.saliency
    from reporting.occupancy o
    where o.run = ${run} and ${ofChamber('o')}
    `,
  },
  {
    refId: 'layers',
    sql: `
    select s.layer, s.score, s.verdict, b.kind as fault, l.label
    from reporting.layer_scores s
    left join reporting.bad_layers b using (run, wheel, station, sector, layer)
    left join reporting.layer_labels l using (run, wheel, station, sector, layer)
    where s.run = ${run} and ${ofChamber('s')}
    order by s.layer
    `,
  },
  {
    refId: 'history',
    sql: `
    select s.run, s.layer, s.score
    from (select run from reporting.run_summaries where run <= ${run} order by run desc limit 30) as r
    join reporting.layer_scores s on s.run = r.run
    where ${ofChamber('s')}
    order by s.run, s.layer
    `,
  },
  {
    refId: 'opinions',
    sql: `
    select p.layer, p.label, p.expert
    from reporting.opinions p
    where p.run = ${run} and ${ofChamber('p')}
    order by p.layer, p.expert
    `,
  },
  {
    refId: 'comparison',
    sql: `
    select o.run, o.wheel, o.station, o.sector, o.layer, o.wire, o.hits
    from reporting.occupancy o
    where ${ofChamber('o')} and o.run = (
      select r.run from reporting.judged_runs r
      join reporting.chamber_states c on c.run = r.run and c.condition = 'good' and ${ofChamber('c')}
      where r.run < ${run} order by r.run desc limit 1
    )
    `,
  },
];

/** For the expert: one chamber, what the model says of it and why, its past, and what people said. */
export const chamber = dashboard({
  name: 'chamber',
  title: 'DT chamber',
  description: 'One chamber of one run: hits, scores, saliency, history, incidents and labels.',
  variables: [runVariable, lastVariable, ...placeVariables(), chamberVariable],
  from: 'now-30d',
  refresh: '',
  rows: [
    [
      chamberPanel({
        w: 24,
        h: 19,
        title: '${shown}',
        description:
          'Hits per wire and layer, layer 12 on top. Verdicts, scores and faults stand beside the rows, the newest earlier run in which it was good is the comparison, the lines are the scores of the last 30 runs. Press ? for the keys.',
        queries: chamberFrames,
        // From the database alone: whoever follows an alert may be a viewer, and sees it while the API is down as well.
        options: { view: 'hits-and-saliency', labelling: 'off' },
      }),
    ],
    [
      trend({
        w: 12,
        h: 8,
        title: 'Score of every layer over runs',
        description:
          'The newest runs up to the one shown. 0 is good, 1 is bad; a step is a change in the chamber, a gap is a run without a score.',
        queries: [
          {
            sql: `
            select r.run, ${Array.from({ length: 12 }, (_, index) => scoreOfLayer(index + 1)).join(', ')}
            from ${runsShown} left join reporting.layer_scores s on s.run = r.run and ${ofChamber('s')}
            group by 1 order by 1
            `,
          },
        ],
        unit: 'percentunit',
        min: 0,
        max: 1,
      }),
      trend({
        w: 12,
        h: 8,
        title: 'Hits of the chamber over runs',
        description:
          'Total hits of the newest runs up to the one shown: few hits make verdicts unsure. A gap is a run without a histogram of it.',
        queries: [
          {
            sql: `
            select r.run, c.hits as "Hits"
            from ${runsShown} left join reporting.chambers c on c.run = r.run and ${ofChamber('c')}
            order by 1
            `,
          },
        ],
        unit: 'short',
        min: 0,
        draw: 'points',
        legend: false,
      }),
    ],
    [
      incidents({
        w: 8,
        h: 10,
        title: 'Answer its incidents',
        description:
          'Acknowledge, shelve or mask the incidents of this chamber, which needs the role Editor and the API. What is on the right comes from the database alone.',
        options: { of: 'shown' },
      }),
      table({
        w: 16,
        h: 10,
        title: 'Incidents of this chamber',
        description: 'All of them, the newest first, with the hardware as far as our maps tell.',
        queries: [
          {
            sql: `
            select incident, standing, severity, kind, array_to_string(layers, ' ') as layers, hardware, first_run as run, last_run, owner, opened_at, healed_at
            from reporting.incidents as i
            where ${ofChamber('i')}
            order by opened_at desc limit 100
            `,
          },
        ],
        noValue: 'none so far',
        columns: [
          { name: 'incident', title: 'No.', width: 60, unit: 'none' },
          { name: 'standing', title: 'State', width: 140, mappings: incidentStandings, coloured: true },
          { name: 'severity', title: 'Severity', width: 80 },
          { name: 'kind', title: 'Fault', width: 120 },
          { name: 'layers', title: 'Layers', width: 180 },
          { name: 'hardware', title: 'Hardware' },
          { name: 'run', title: 'Since run', width: 80, unit: 'none', links: [toRunOfRow] },
          { name: 'last_run', title: 'Last run', width: 80, unit: 'none' },
          { name: 'owner', title: 'Owner', width: 100 },
          { name: 'opened_at', title: 'Opened', unit: 'dateTimeAsLocal', width: 160 },
          { name: 'healed_at', title: 'Healed', unit: 'dateTimeAsLocal', width: 160 },
        ],
      }),
    ],
    [
      table({
        w: 24,
        h: 8,
        title: 'What people said of this chamber',
        description: 'Labels, skips and undos in all runs, the newest first.',
        noValue: 'nobody has said anything of it yet',
        queries: [
          {
            sql: `
            select at, run, case when span_to is null then 'whole run'
                                 when span_to_lumisection is null then 'minutes of it'
                                 else format('LS %s', concat_ws('-', span_from_lumisection, span_to_lumisection)) end as about,
                   expert, kind, bad_layers, note, blind, undone
            from reporting.label_events as e
            where ${ofChamber('e')}
            order by at desc limit 100
            `,
          },
        ],
        columns: [
          { name: 'at', title: 'When', unit: 'dateTimeAsLocal', width: 160 },
          { name: 'run', title: 'Run', width: 80, unit: 'none', links: [toRunOfRow] },
          { name: 'about', title: 'Of', width: 110 },
          { name: 'expert', title: 'Expert' },
          { name: 'kind', title: 'Act', width: 70 },
          { name: 'bad_layers', title: 'Bad layers', width: 85 },
          { name: 'note', title: 'Note' },
          { name: 'blind', title: 'Blind', width: 60 },
          { name: 'undone', title: 'Undone', width: 70 },
        ],
      }),
    ],
  ],
});

function scoreOfLayer(layer: number): string {
  return `max(score) filter (where layer = ${layer}) as "Layer ${layer}"`;
}

/** Condition that picks the chamber of the variables. */
function ofChamber(alias: string): string {
  return `${alias}.wheel = \${wheel} and ${alias}.station = \${station} and ${alias}.sector = \${sector}`;
}
