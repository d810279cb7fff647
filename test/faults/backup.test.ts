import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { restoreBackup, takeBackup } from '@dtdqm/worker/storage/backup';
import { clusterPaths, clusterUrl } from '@dtdqm/worker/storage/embedded/cluster';
import { readPostmaster } from '@dtdqm/worker/storage/embedded/postmaster';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { dtdqm, processesOf, type Started } from '../start/dtdqm.ts';
import { type Blocker, openBlocker } from './rig/blocker.ts';
import { smallFileSystem } from './rig/cluster.ts';
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

test('a back-up is refused when it is not whole, of another version, or its target holds something', async () => {
  await expect(restoreBackup(target.url, folder)).rejects.toThrow('is not a whole back-up');
  const manifest = await takeBackup(rig.databaseUrl, folder);
  await expect(takeBackup(rig.databaseUrl, folder)).rejects.toThrow('is not empty');
  const file = path.join(folder, 'manifest.json');
  await writeFile(file, JSON.stringify({ ...manifest, migrations: manifest.migrations.slice(0, -1) }));
  await expect(restoreBackup(target.url, folder)).rejects.toThrow(
    'restore with the version of the monitor that took it',
  );
  await writeFile(file, JSON.stringify(manifest));
  await target.database.query(`insert into model (name, hash) values ('a@1', 'h')`);
  await expect(restoreBackup(target.url, folder)).rejects.toThrow('table model is not empty');
});

/** Holds back whoever reads the table: amid the work of the commands below, at the same point each time. */
async function holdBack(url: string, table: string): Promise<Blocker> {
  const blocker = await openBlocker(url);
  await blocker.query(`lock table ${table} in access exclusive mode`);
  return blocker;
}

const ends = [
  ['SIGINT', 130],
  ['SIGKILL', null],
] as const;

describe('what is ended amid its work leaves nothing half-done under its name, and works when it is called again', () => {
  const run = (args: string[], url: string) =>
    dtdqm(args, { env: { DATABASE_URL: url, DTDQM_DATA_DIR: folder } });
  const outcome = async (started: Started) => ({ code: await started.ended, output: started.output() });

  beforeEach(async () => {
    await rig.database.query(
      `insert into model (name, hash) select 'a@' || n, md5(n::text) from generate_series(1, 50) n`,
    );
  });

  it.each(ends)('a back-up, by %s', async (signal, code) => {
    const to = path.join(folder, 'backup');
    const held = await holdBack(rig.databaseUrl, 'run');
    const started = run(['backup', to], rig.databaseUrl);
    await held.isWaitedFor();
    started.process.kill(signal);
    expect(await started.ended).toBe(code);
    if (code !== null)
      expect(started.output()).toBe('dtdqm: stopped before it was done; nothing is left half-way\n');
    expect((await readdir(to)).filter((name) => code !== null || !name.startsWith('.'))).toEqual([]);
    await held.end();

    expect(await outcome(run(['backup', to], rig.databaseUrl))).toMatchObject({ code: 0 });
    expect((await readdir(to)).filter((name) => !/^(manifest\.json|\w+\.copy\.gz)$/.test(name))).toEqual([]);
    await restoreBackup(target.url, to);
    expect(await contentOf(target.database)).toEqual(await contentOf(rig.database));
  });

  it.each(ends)('a restore, by %s', async (signal, code) => {
    await takeBackup(rig.databaseUrl, folder);
    const before = await contentOf(target.database);
    // The table that is filled last.
    const held = await holdBack(target.url, 'run_summary');
    const started = run(['restore', folder], target.url);
    await held.isWaitedFor();
    started.process.kill(signal);
    expect(await started.ended).toBe(code);
    await held.end();
    expect(await contentOf(target.database)).toEqual(before);

    expect(await outcome(run(['restore', folder], target.url))).toMatchObject({ code: 0 });
    expect(await contentOf(target.database)).toEqual(await contentOf(rig.database));
  });

  it.each(ends)('an export of labels, by %s', async (signal, code) => {
    const file = path.join(folder, 'labels.jsonl');
    const held = await holdBack(rig.databaseUrl, 'label_event');
    const started = run(['labels', 'export', '--out', file], rig.databaseUrl);
    await held.isWaitedFor();
    started.process.kill(signal);
    expect(await started.ended).toBe(code);
    expect((await readdir(folder)).filter((name) => code !== null || !name.startsWith('.'))).toEqual([]);
    await held.end();
    expect(await outcome(run(['labels', 'export', '--out', file], rig.databaseUrl))).toMatchObject({
      code: 0,
    });
    const again = await outcome(run(['labels', 'export', '--out', file], rig.databaseUrl));
    expect(again).toEqual({ code: 1, output: `dtdqm: ${file} is there already; name another file\n` });
  });

  it('a back-up of the embedded database that nobody else uses any more: that is stopped too', async () => {
    const env = { DTDQM_DATA_DIR: folder };
    const api = dtdqm(['api'], { env });
    await api.line('the API listens');
    const paths = clusterPaths(path.join(folder, 'postgres'));
    const held = await holdBack(
      await clusterUrl(paths, (await readPostmaster(paths.cluster))?.port ?? 0),
      'run',
    );
    const started = dtdqm(['backup', path.join(folder, 'backup')], { env });
    await held.isWaitedFor();
    api.process.kill('SIGTERM');
    expect(await api.ended).toBe(0);
    started.process.kill('SIGINT');
    expect(await started.ended).toBe(130);
    await held.end();
    expect(await readdir(path.join(folder, 'backup'))).toEqual([]);
    expect(await processesOf(folder)).toEqual([]);
  });

  it('a back-up whose disk is full', async ({ skip }) => {
    const disk = await smallFileSystem(1);
    if (disk === undefined) return skip('nothing may be mounted here');
    try {
      await rig.database.query(
        `insert into model (name, hash) select 'b@' || n, md5(n::text) from generate_series(1, 50000) n`,
      );
      expect(await outcome(run(['backup', disk.directory], rig.databaseUrl))).toEqual({
        code: 1,
        output: expect.stringMatching(
          /^dtdqm: .*model\.copy\.gz cannot be written: the disk is full; .*\n$/,
        ) as string,
      });
      expect(await readdir(disk.directory)).toEqual([]);
    } finally {
      await disk.unmount();
    }
  });
});
