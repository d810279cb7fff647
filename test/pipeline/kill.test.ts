import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { PipelineEvent } from '@dtdqm/worker/pipeline/events';
import { listChambers } from '@dtdqm/worker/storage/chambers';
import { getRun } from '@dtdqm/worker/storage/runs';
import { abandon } from '../postgres/abandon.ts';
import { compiled } from '../start/compile.ts';
import { eventOf, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

describe('a worker that is killed', () => {
  test('while it fetches leaves nothing visible, and another worker finishes the run', async () => {
    bench.source.set(7);
    bench.simulator.misbehaviour.replace([{ chamber: 'W2_St4_Sec14', action: { do: 'stall' } }]);
    const script = compiled(inject('programDirectory'), 'test/pipeline/workerProcess.ts');
    const doomed = fork(script, [bench.test.url, bench.simulator.url]);
    await new Promise<void>((resolve) => {
      doomed.on(
        'message',
        (event: PipelineEvent) => event.type === 'fetching' && event.done === 249 && resolve(),
      );
    });
    doomed.kill('SIGKILL');
    await once(doomed, 'exit');
    expect(await getRun(bench.database, 7)).toMatchObject({ status: 'LOADING', chambers: 0 });
    expect(await listChambers(bench.database, 7)).toEqual([]);

    await abandon(bench.database, 7);
    bench.simulator.misbehaviour.replace([]);
    const heir = bench.worker();
    const stored = eventOf(heir, 'stored');
    await heir.start();
    expect(await stored).toMatchObject({ run: 7, status: 'FINISHED' });
    expect(await listChambers(bench.database, 7)).toHaveLength(250);
  });
});

describe('a database whose connections break', () => {
  test('costs a worker nothing but time', async () => {
    bench.source.set(7);
    const worker = bench.worker();
    let cuts = 0;
    worker.events.on('event', (event) => {
      if (event.type !== 'scoring' || ++cuts > 1) return;
      // From the middle of the work on, every connection of the pool is dead once.
      void bench.database
        .query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`,
        )
        .catch(() => undefined);
    });
    await worker.start();
    await vi.waitUntil(
      async () => (await getRun(bench.database, 7).catch(() => null))?.status === 'FINISHED',
      {
        timeout: 25_000,
      },
    );
    expect(await listChambers(bench.database, 7)).toHaveLength(250);
  });
});
