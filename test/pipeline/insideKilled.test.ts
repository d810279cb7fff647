import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, inject, test, vi } from 'vitest';
import type { PipelineEvent } from '@dtdqm/worker/pipeline/events';
import type { Database } from '@dtdqm/worker/storage/database';
import { abandon } from '../postgres/abandon.ts';
import { compiled } from '../start/compile.ts';
import { letTimePass } from './letTimePass.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

const run = 7;
const steps = [1, 2, 5, 8];
const benches: Workbench[] = [];
const workers: ChildProcess[] = [];
afterEach(async () => {
  for (const worker of workers.splice(0)) worker.kill('SIGKILL');
  for (const bench of benches.splice(0)) await bench.close();
});

async function openOne(): Promise<Workbench> {
  const bench = await openWorkbench();
  benches.push(bench);
  return bench;
}

/** A worker in a process of its own. @param die when it is killed, if ever. */
function startWorker(bench: Workbench, die?: (event: PipelineEvent) => boolean): ChildProcess {
  const script = compiled(inject('programDirectory'), 'test/pipeline/workerProcess.ts');
  const worker = fork(script, [bench.test.url, bench.simulator.url]);
  worker.on('message', (event: PipelineEvent) => {
    if (die?.(event)) worker.kill('SIGKILL');
  });
  workers.push(worker);
  return worker;
}

const looksOf = async (database: Database) =>
  (await database.query<{ look: number }>('select look from run_look where run = $1 order by look', [run]))
    .rows.length;

/** All that is stored of the inside of the run but the times. */
async function contentOf(database: Database): Promise<unknown> {
  const { rows } = await database.query(
    `select md5((select string_agg(s::text, ';' order by wheel, station, sector, look) from chamber_slice s where run = $1)) as slices,
            md5((select string_agg(row(look, hits, judged, waiting, bad, gap, model)::text, ';' order by look) from run_look where run = $1)) as looks,
            (select string_agg(row(wheel, station, sector, kind, layers, first_wire)::text, ';' order by id) from run_change where run = $1) as changes,
            (select looks from run_live where run = $1) as last`,
    [run],
  );
  return rows[0];
}

async function undisturbed(): Promise<unknown> {
  const bench = await openOne();
  const worker = bench.worker();
  for (const times of steps) {
    bench.source.set(run, run, times);
    await worker.fetchNow(run);
  }
  return contentOf(bench.database);
}

test('workers that are killed amid a look, a server that hangs and a database that breaks off leave the same slices as an undisturbed run', async () => {
  const bench = await openOne();
  const { database, source, simulator } = bench;
  const disturb: ((times: number) => Promise<void>)[] = [
    // Killed while the server hangs on the last of 250 answers.
    async () => {
      simulator.misbehaviour.replace([{ chamber: 'W2_St4_Sec14', action: { do: 'stall' } }]);
      await once(
        startWorker(bench, (event) => event.type === 'fetching' && event.done === 249),
        'exit',
      );
      simulator.misbehaviour.replace([]);
    },
    // Killed once all is judged, maybe amid the transaction.
    async () =>
      void (await once(
        startWorker(bench, (event) => event.type === 'scoring'),
        'exit',
      )),
    // All connections end amid the look.
    async () => {
      const worker = startWorker(bench, (event) => {
        if (event.type !== 'scoring') return false;
        void database
          .query(
            `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
          )
          .catch(() => undefined);
        return false;
      });
      await once(worker, 'message', { signal: AbortSignal.timeout(20_000) });
    },
    async () =>
      void (await once(
        startWorker(bench, (event) => event.type === 'fetching' && event.done === 120),
        'exit',
      )),
  ];
  for (const [index, times] of steps.entries()) {
    source.set(run, run, times);
    await letTimePass(database, 3600);
    await disturb[index]!(times);
    await abandon(database, run);
    // Two that want the same run.
    const pair = [startWorker(bench), startWorker(bench)];
    await vi.waitUntil(async () => (await looksOf(database).catch(() => 0)) > index, {
      timeout: 60_000,
      interval: 200,
    });
    for (const worker of pair) {
      worker.kill('SIGKILL');
      if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
    }
    await abandon(database, run);
    expect(await looksOf(database)).toBe(index + 1);
  }
  expect(await contentOf(database)).toEqual(await undisturbed());
}, 240_000);
