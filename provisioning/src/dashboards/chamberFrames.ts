import type { Query } from '../model/panel.ts';

/** Condition that picks the chamber of the variables. */
export function ofChamber(alias: string): string {
  return `${alias}.wheel = \${wheel} and ${alias}.station = \${station} and ${alias}.sector = \${sector}`;
}

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
      select max(r.run) from reporting.runs r
      where r.run < ${run} and r.status = 'FINISHED' and r.model is not null
        and not exists (select from reporting.bad_layers b where b.run = r.run and ${ofChamber('b')})
    )
    `,
  },
];
