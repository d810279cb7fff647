import { machine, openBenchStorage, sideBySide, tableOf, write } from '../harness.ts';
import { fillTo } from '../scale/fillTo.ts';
import { timeStatements } from './statements.ts';

/**
 * Runs every statement of dashboards and rules as the reader, over runs filled as `bench/scale` fills them, and prints the slowest;
 * then what dashboards read of all runs beside the same worked out from the arrays of scores, as without summaries of runs:
 * `npx tsx bench/sql/slowest.ts [runs] [labelled chambers a run, by two experts each]`. Prints Markdown.
 */
const runs = Number(process.argv[2] ?? 1000);
const labelled = Number(process.argv[3] ?? 2);
const goalMs = 200;
const rounds = 5;

/** What trends read, from the summaries of runs, and the same from the arrays that these are made from. */
const trends: readonly (readonly [what: string, ours: string, fromArrays: string])[] = [
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

const storage = await openBenchStorage();
const { database } = storage;
try {
  const started = performance.now();
  await fillTo(database, runs, labelled);
  const { rows } = await database.query<{ size: string }>(
    'select pg_size_pretty(pg_database_size(current_database())) as size',
  );
  write(`${runs} runs filled in ${Math.round((performance.now() - started) / 1000)} s, ${rows[0]?.size}`);
  const timed = (await timeStatements(storage.url, rounds)).sort((a, b) => b.least - a.least);
  for (const of of ['median', 'least'] as const) {
    const slow = timed.filter((each) => each[of] > goalMs).length;
    const all = timed.reduce((sum, each) => sum + each[of], 0);
    write(
      `${timed.length} statements, by the ${of} of ${rounds} rounds ${(all / 1000).toFixed(1)} s together, ${slow} over ${goalMs} ms`,
    );
  }
  write('\n| the slowest | median, ms | least, ms | worst, ms | rows |\n| --- | --: | --: | --: | --: |');
  for (const { where, median, least, worst, rows: found } of timed.slice(0, 15)) {
    write(`| ${where} | ${median.toFixed(1)} | ${least.toFixed(1)} | ${worst.toFixed(1)} | ${found} |`);
  }
  write('');
  for (const [what, ours, fromArrays] of trends) {
    const ways = [
      { what: 'ours, from the summaries', work: () => database.query(ours) },
      { what: 'from the arrays of scores', work: () => database.query(fromArrays) },
    ];
    write(tableOf(what, await sideBySide(ways, rounds)));
  }
  write(machine());
} finally {
  await storage.close();
}
