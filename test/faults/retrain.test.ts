import { afterEach, describe, expect, inject, test } from 'vitest';
import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { allChambers } from '@dtdqm/contract';
import { startSimulator } from '@dtdqm/simulator/server';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import type { Database } from '@dtdqm/worker/storage/database';
import { labelOf, queueRuns } from '../labels/labelled.ts';
import { MemorySource } from '../pipeline/memorySource.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { compiled } from '../start/compile.ts';
import { dtdqm, type Started } from '../start/dtdqm.ts';
import { openBlocker } from './rig/blocker.ts';
import { isLong, report, sized } from './rig/size.ts';

const kills = sized(2, 20);
const workerKills = sized(2, 6);
const databases: TestDatabase[] = [];
interface Doomed {
  process: ChildProcess;
  ended: Promise<unknown>;
}

const started: Doomed[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map(kill));
  await Promise.all(databases.splice(0).map((database) => database.drop()));
});

/** Two runs that experts have labelled: the same every time. */
async function labelledDatabase(): Promise<TestDatabase> {
  const made = await createTestDatabase();
  databases.push(made);
  await queueRuns(made.database, 1, 4);
  for (const run of [1, 4]) {
    for (const [index, { sector }] of allChambers.entries()) {
      if (index % 30 !== 0) continue;
      const { verdicts, ...request } = labelOf(run, index, { idempotencyKey: `label-${run}-${index}` });
      const seen = verdicts.map((verdict, row) =>
        verdict !== null && sector % 3 === 0 && row === 8 ? 'bad' : verdict,
      );
      await writeLabel(made.database, 'ana', { ...request, verdicts: seen });
    }
  }
  return made;
}

/** A quick training, as a schedule starts it. */
function retrain({ url }: TestDatabase): Started {
  const args = ['retrain', '--scheduled', '--seed', '1', '--runs', '1', '--epochs', '1'];
  const process = dtdqm(args, { env: { DATABASE_URL: url, DTDQM_LOG_FORMAT: 'json' } });
  started.push(process);
  return process;
}

/** One that learns little, and so comes to keeping its candidate soon. */
function retrainLittle({ url }: TestDatabase): Doomed {
  const child = fork(compiled(inject('programDirectory'), 'test/faults/rig/retrainProcess.ts'), [url]);
  const doomed = { process: child, ended: once(child, 'exit') };
  started.push(doomed);
  return doomed;
}

async function kill({ process, ended }: Doomed): Promise<void> {
  process.kill('SIGKILL');
  await ended;
}

/** What a training leaves: acts, and the files of the candidate without those that hold its time of birth. */
async function kept(database: Database): Promise<unknown> {
  const { rows: acts } = await database.query(
    `select actor, act, report -> 'labels' as labels, report -> 'averagePrecision' as precision from model_act order by id`,
  );
  const { rows: models } = await database.query(
    `select m.hash, array_agg(f.path order by f.path) as files,
            array_agg(md5(f.content) order by f.path) filter (where f.path in ('weights.bin', 'model.json')) as contents
     from model m left join model_file f on f.model = m.name group by m.name, m.hash order by m.hash`,
  );
  return { acts, models };
}

describe('retraining that is killed', () => {
  test.runIf(isLong)(
    `at ${kills} random moments ends, in the end, as an undisturbed one`,
    { timeout: 1_800_000 },
    async () => {
      const calm = await labelledDatabase();
      const before = await kept(calm.database);
      const began = performance.now();
      expect(await retrain(calm).ended).toBe(0);
      const takesMs = performance.now() - began;
      const expected = await kept(calm.database);
      expect(expected).not.toEqual(before);

      let disturbed = await labelledDatabase();
      let finished = 0;
      for (let killed = 0; killed < kills;) {
        const doomed = retrain(disturbed);
        await Promise.race([doomed.ended, delay(Math.random() * takesMs)]);
        if (doomed.process.exitCode === null) killed++;
        await kill(doomed);
        const now = await kept(disturbed.database);
        if (isDeepStrictEqual(now, before)) continue;
        // It got away, or had told the database just before: the next ones need something to learn.
        expect(now).toEqual(expected);
        finished++;
        disturbed = await labelledDatabase();
      }
      expect(await retrain(disturbed).ended).toBe(0);
      expect(await kept(disturbed.database)).toEqual(expected);
      report('kill -9 of retraining', { kills, gotAway: finished, trainingSeconds: takesMs / 1000 });
    },
  );

  test(
    'in the middle of keeping its candidate keeps nothing of it, and the next one is not held up',
    { timeout: 300_000 },
    async () => {
      const labelled = await labelledDatabase();
      const before = await kept(labelled.database);
      const blocker = await openBlocker(labelled.url);
      // The candidate is registered by then, and its files are about to be.
      await blocker.query('lock table model_file in share mode');
      const doomed = retrainLittle(labelled);
      await Promise.race([blocker.isWaitedFor(), doomed.ended]);
      expect(doomed.process.exitCode).toBeNull();
      await kill(doomed);
      await blocker.query('rollback');
      await blocker.end();
      expect(await kept(labelled.database)).toEqual(before);
      const next = retrainLittle(labelled);
      await next.ended;
      expect(next.process.exitCode).toBe(0);
      expect(await kept(labelled.database)).toMatchObject({ acts: [{ act: 'trained', actor: 'schedule' }] });
    },
  );

  test.runIf(isLong)(
    `with its worker, or orphaned by it, ${workerKills} times leaves one candidate and no job that is stuck`,
    { timeout: 1_800_000 },
    async () => {
      const labelled = await labelledDatabase();
      const simulator = await startSimulator({ source: new MemorySource() });
      const work = () => {
        const worker = dtdqm(['worker'], {
          env: {
            DATABASE_URL: labelled.url,
            DQM_URL: simulator.url,
            DTDQM_LOG_FORMAT: 'json',
            DTDQM_RETRAIN_SCHEDULE: '* * * * * *',
          },
        });
        started.push(worker);
        return worker;
      };
      try {
        let orphans = 0;
        for (let attempt = 0; attempt < workerKills; attempt++) {
          const worker = work();
          await worker.line('the worker is ready');
          await delay(Math.random() * 15_000);
          const children = childrenOf(worker.process.pid);
          await kill(worker);
          if (attempt % 2 === 0) orphans += children.length;
          else for (const child of children) process.kill(child, 'SIGKILL');
        }
        const last = work();
        await last.line('retraining by schedule is done');
        await expect
          .poll(() => last.output(), { timeout: 600_000, interval: 1000 })
          .toContain('there are no new labels');
        const { acts } = (await kept(labelled.database)) as { acts: unknown[] };
        expect(acts).toMatchObject([{ act: 'trained', actor: 'schedule' }]);
        report('kill -9 of workers that retrain', { kills: workerKills, orphans, candidates: acts.length });
      } finally {
        await Promise.all(started.splice(0).map(kill));
        await simulator.close();
      }
    },
  );
});

/** Ids of the processes that a process has started and that still run. */
function childrenOf(pid = 0): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean).map(Number);
}
