import { allChambers, formatChamber, type ChamberId } from '@dtdqm/contract';
import { median } from '@dtdqm/contract/numbers';
import { simulateChamber } from '@dtdqm/simulator/detector';
import { transactionOnce } from '@dtdqm/worker/storage/database';
import {
  insideVersion,
  listChanges,
  listLooks,
  listSlices,
  slicesWithin,
} from '@dtdqm/worker/storage/readSlices';
import { copyLines, makeSlicePartition, sliceLine } from '@dtdqm/worker/storage/slices';
import { openBenchStorage, machine, write } from '../harness.ts';
import { timeStatements } from '../sql/statements.ts';

/**
 * Fills slices of ninety days and times what reads them: the API's queries, the dashboards' statements over 30 days as Grafana's reader, and
 * forgetting. `node --import tsx bench/inRun/manySlices.ts [slices]`
 */
const wanted = Number(process.argv[2] ?? 500_000);

/** Runs of ten hours and two of pause, with a look every 45 s; a chamber's slice ends after as many looks as its hits need. */
const looks = 800;
const runHours = 12;
const hitsNeeded = 2;
const first = 380_000;
/** Ten runs a partition. */
const step = 100;

interface Chamber extends ChamberId {
  /** Looks that a slice takes. */
  every: number;
  /** Lines as they are copied, but for run and looks, which stand first. */
  lines: string[];
}

const chambers = allChambers.map((chamber): Chamber => {
  const { matrix } = simulateChamber({
    chamber,
    buildSeed: 'many',
    runSeed: 'many',
    lumisections: 1000,
    faults: [],
  });
  const cells = matrix.flat().filter((hits) => hits >= 0);
  const perLook = (cells.reduce((sum, hits) => sum + hits, 0) / cells.length / 1000) * (45 / 23.3);
  const every = Math.max(1, Math.ceil(hitsNeeded / perLook));
  return {
    ...chamber,
    every,
    lines: Array.from({ length: 20 }, (_, index) => lineOf(chamber, every, index)),
  };
});

function lineOf(chamber: ChamberId, every: number, seed: number) {
  const lumisections = (every * 45) / 23.3;
  const { matrix } = simulateChamber({
    chamber,
    buildSeed: 'many',
    runSeed: `many:${seed}`,
    lumisections,
    faults: [],
  });
  const verdicts = matrix.map((row) => (row.every((hits) => hits < 0) ? null : ('good' as const)));
  const slice = { ...chamber, matrix, expected: 1, gap: null, verdicts, faults: [], fromLook: 0, look: 0 };
  return sliceLine(0, slice).split('\t').slice(3).join('\t');
}

const perRun = chambers.reduce((sum, { every }) => sum + Math.floor(looks / every), 0);
const runs = Math.ceil(wanted / perRun);
write(
  `${runs} runs of ${looks} looks, ${perRun} slices each (${Math.round((perRun * 24) / runHours)} a day); ${machine()}.`,
);

const storage = await openBenchStorage();
const { database, url } = storage;
try {
  const began = performance.now();
  for (let index = 0; index < runs; index += 1) await storeRun(index);
  const seconds = (performance.now() - began) / 1000;
  const total = await one<{ rows: number; bytes: number; counts: number; partitions: number }>(
    `select count(*)::double precision as rows, avg(octet_length(counts))::real as counts, count(distinct tableoid)::integer as partitions,
            (select sum(pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = 'chamber_slice'::regclass)::double precision as bytes
     from chamber_slice`,
  );
  await database.query('analyze');
  write(
    `Filled ${total.rows} slices in ${total.partitions} partitions by COPY in ${seconds.toFixed(0)} s, ${Math.round(total.rows / seconds)}/s; ` +
      `${(total.bytes / total.rows).toFixed(0)} bytes a slice with index, of which ${total.counts.toFixed(0)} are counts.`,
  );
  write('');
  await timeApi();
  await timeDashboards();
  await timeForgetting();
} finally {
  await storage.close();
}

async function one<Row extends object>(text: string): Promise<Row> {
  return (await database.query<Row>(text)).rows[0]!;
}

async function storeRun(index: number): Promise<void> {
  const run = first + index * step;
  const ago = (runs - index) * runHours;
  await database.query(
    `insert into run (run, dataset, status, life, started_at, looked_at, fetched_at, hits, chambers)
     select $1, 'Global/Online/ALL', 'FINISHED', case when $3 then 'growing' else 'final' end::run_life, began, began + interval '10 hours', began, 1, 250
     from (select now() - make_interval(hours => $2) as began) as t`,
    [run, ago, index === runs - 1],
  );
  await database.query(
    `insert into run_look (run, look, asked_at, lumisection, hits, judged, waiting, bad)
     select $1, look, now() - make_interval(hours => $2) + make_interval(secs => 45 * look), 2 * look, 1000, 60, 190, 0 from generate_series(1, $3) as look`,
    [run, ago, looks],
  );
  await database.query(
    `insert into run_change (run, wheel, station, sector, kind, layers, from_at, to_at, told_at, ratio, ratio_low, ratio_high)
     select run, 0, 1, 1 + look / 100, 'trip', '{9}', asked_at, asked_at, asked_at, 0, 0, 0.1 from run_look where run = $1 and look % 200 = 0`,
    [run],
  );
  await makeSlicePartition(database, run);
  await transactionOnce(database, (client) => copyLines(client, linesOf(run)));
}

function* linesOf(run: number): Generator<string> {
  for (const { every, lines: ends } of chambers) {
    const lines = [];
    for (let look = every, place = 0; look <= looks; look += every, place += 1) {
      lines.push(`${run}\t${look}\t${look - every}\t${ends[place % ends.length]}\n`);
    }
    yield lines.join('');
  }
}

async function timeApi(): Promise<void> {
  const newest = first + (runs - 1) * step;
  const middle = first + Math.floor(runs / 2) * step;
  const most = chambers.reduce((a, b) => (b.every < a.every ? b : a));
  const to = new Date().toISOString();
  write(`| query, ${formatChamber(most)} | median ms | worst |`);
  write('| --- | --: | --: |');
  for (const run of [newest, middle]) {
    const { wheel, station, sector } = most;
    const chamber = { run, wheel, station, sector };
    await time(`run ${run}: version of an answer`, () => insideVersion(database, run));
    await time(`run ${run}: looks and changes`, async () => [
      await listLooks(database, run),
      await listChanges(database, run),
    ]);
    await time(`run ${run}: slices of the chamber`, () => listSlices(database, chamber));
    await time(`run ${run}: the same with the wires of a layer`, () => listSlices(database, chamber, 9));
    await time(`run ${run}: counts of all of them`, () => slicesWithin(database, chamber, { to }));
  }
  write('');
}

async function time(what: string, work: () => Promise<unknown>): Promise<void> {
  await work();
  const times: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  write(`| ${what} | ${median(times).toFixed(1)} | ${Math.max(...times).toFixed(1)} |`);
}

async function timeDashboards(): Promise<void> {
  const timed = (await timeStatements(url, 3)).sort((a, b) => b.median - a.median);
  write('| statement, over 30 days | median ms | worst | rows |');
  write('| --- | --: | --: | --: |');
  const about = timed.filter(({ where }) => /inside|live|change|look|in progress/i.test(where));
  for (const { where, median: middle, worst, rows } of [...about, ...timed.slice(0, 3)]) {
    write(`| ${where} | ${middle.toFixed(1)} | ${worst.toFixed(1)} | ${rows} |`);
  }
  write('');
}

async function timeForgetting(): Promise<void> {
  const started = performance.now();
  // Of the age at which the oldest partition, and only that, is old.
  const { rows } = await database.query<{ slices: number }>(
    `select forget_old_slices(now() - (select max(asked_at) from run_look where run < $1) - interval '1 minute') as slices`,
    [(Math.floor(first / 1000) + 1) * 1000],
  );
  const kept = await one<{ rows: number }>('select count(*)::integer as rows from chamber_slice_default');
  write(
    `Forgot a partition of ${rows[0]!.slices} slices in ${(performance.now() - started).toFixed(0)} ms; ${kept.rows} slices during changes stay.`,
  );
}
