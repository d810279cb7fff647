import { afterEach, beforeEach, expect, test } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { restoreBackup, takeBackup } from '@dtdqm/worker/storage/backup';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { contentOf } from './rig/content.ts';
import { finished, openRig, type FaultRig } from './rig/rig.ts';
import { report, sized } from './rig/size.ts';
import { startWorker } from './rig/workers.ts';

const runs = sized(2, 40);
let rig: FaultRig;
let target: TestDatabase;
let folder: string;
beforeEach(async () => {
  rig = await openRig(runs);
  target = await createTestDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'dtdqm-backup-'));
});
afterEach(async () => {
  await rig.close();
  await target.drop();
  await rm(folder, { recursive: true });
});

test(
  'a back-up taken under load is of one moment, and a monitor goes on from it',
  { timeout: 600_000 },
  async () => {
    const worker = rig.worker();
    await finished(rig.database, Math.floor(runs / 2));
    const started = performance.now();
    await takeBackup(rig.databaseUrl, folder);
    const backUpSeconds = (performance.now() - started) / 1000;
    await finished(rig.database, runs);
    await worker.kill();

    await restoreBackup(target.url, folder);
    const { rows } = await target.database.query<{ torn: number; whole: number }>(
      `select count(*) filter (where parts <> 500)::integer as torn, count(*) filter (where parts = 500)::integer as whole
     from (select (select count(*) from chamber c where c.run = r.run) + (select count(*) from chamber_score s where s.run = r.run) as parts
           from run r where status = 'FINISHED') as counted`,
    );
    expect(rows[0]?.torn).toBe(0);
    expect(rows[0]?.whole).toBeGreaterThanOrEqual(Math.floor(runs / 2));
    report('back-up under load', { runs, restoredFinished: rows[0]?.whole, backUpSeconds });

    await target.database.query('update run set lease_until = now() where lease_until is not null');
    const heir = startWorker(target.url, rig.simulator.url);
    await finished(target.database, runs);
    await heir.kill();
    expect(await contentOf(target.database)).toEqual(await contentOf(rig.database));
  },
);

test('a back-up is refused when it is not whole, or its target holds something', async () => {
  await expect(restoreBackup(target.url, folder)).rejects.toThrow('is not a whole back-up');
  await takeBackup(rig.databaseUrl, folder);
  await expect(takeBackup(rig.databaseUrl, folder)).rejects.toThrow('is not empty');
  await target.database.query(`insert into model (name, hash) values ('a@1', 'h')`);
  await expect(restoreBackup(target.url, folder)).rejects.toThrow('table model is not empty');
});
