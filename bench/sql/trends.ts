/** What trends read, from the summaries of runs, and the same from the arrays that these are made from. */
export const trends: readonly (readonly [what: string, ours: string, fromArrays: string])[] = [
  [
    'bad layers of each run',
    `select run, bad_layers, scored_layers from reporting.run_summaries order by run`,
    `select r.run, sum(cardinality(array_positions(s.verdicts, 'bad'))) as bad_layers,
            sum((select count(*) from unnest(s.scores) as score where score >= 0)) as scored_layers
     from run r join chamber_score s on s.run = r.run and s.model = r.model group by 1 order by 1`,
  ],
  [
    'layers that are bad in the newest 50 runs',
    `select wheel, station, sector, layer, count(*) from reporting.bad_layers
     where run > (select max(run) - 50 from run) group by 1, 2, 3, 4 order by 5 desc`,
    `select s.wheel, s.station, s.sector, l.layer, count(*)
     from run r join chamber_score s on s.run = r.run and s.model = r.model
     cross join lateral unnest(s.verdicts) with ordinality as l(verdict, layer)
     where r.run > (select max(run) - 50 from run) and l.verdict = 'bad' group by 1, 2, 3, 4 order by 5 desc`,
  ],
  [
    'distribution of the scores of all runs',
    `select bin, sum(layers) from reporting.score_bins group by 1 order by 1`,
    `select least(19, floor(score * 20)), count(*)
     from run r join chamber_score s on s.run = r.run and s.model = r.model cross join lateral unnest(s.scores) as score
     where score >= 0 group by 1 order by 1`,
  ],
];
